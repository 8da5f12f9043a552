import GessoPixels

/// How the pixels of an image in a HEIF or AVIF file are stored: coded images in a grid of one or more columns and
/// rows, and the same for alpha.
///
/// Grids of coded images are the only derived images that are followed, so no chain of references has more than two
/// steps.
struct HEIFImage {
    /// The coded images that together are one image, row by row.
    struct Plane {
        var ids: [Int]
        var tiles: [HEIFContainer.Item]
        var columns: Int
        /// The size of each tile.
        var tileSize: Size
        /// The size of all tiles together, without what lies outside the image.
        var size: Size
        /// What the first tile states about its samples; the others must state the same.
        var coding: CodedSamples
    }

    var color: Plane
    var alpha: Plane?
    /// Whether colors are multiplied by alpha.
    var isPremultiplied = false
    /// The part of the stored pixels that is the image (the clean aperture).
    var aperture: Rect
    var orientation = Orientation.up
    /// The `nclx` box of the image.
    var codePoints: CodePoints?
    var profile: Bytes?
    /// What is stored beside the image and not decoded, in words for a warning.
    var omissions: [String] = []

    /// Describes the primary item.
    init(_ container: HEIFContainer, _ limits: ImageDecoder.Limits) throws(GessoError) {
        guard let primary = container.primary, let item = container.items[primary] else {
            throw container.damaged("no primary image", at: container.file)
        }
        try Self.checkEssential(item, container)
        color = try Self.plane(primary, item, container, limits)
        aperture = Rect(color.size)
        try readTransforms(item, container)
        for property in item.properties where property.box.type == FourCC.colr { take(color: property.box.body) }
        try readAlpha(of: primary, container, limits)
        noteOmissions(primary, container)
        if codePoints == nil, profile == nil, let first = color.tiles.first, color.tiles.count > 1 {
            // Some grids have the profile at their tiles only.
            for property in first.properties where property.box.type == FourCC.colr { take(color: property.box.body) }
        }
    }

    private static let known: Set<UInt32> = [
        FourCC.ispe, FourCC.irot, FourCC.imir, FourCC.clap, FourCC.auxC, FourCC.colr, FourCC.pixi, FourCC.hvcC,
        FourCC.av1C, FourCC.pasp, FourCC.clli, FourCC.mdcv, FourCC.cclv, FourCC.amve, FourCC.a1lx, FourCC.a1op,
        FourCC.lsel,
    ]

    private static func checkEssential(_ item: HEIFContainer.Item, _ container: HEIFContainer) throws(GessoError) {
        for property in item.properties where property.isEssential && !known.contains(property.box.type) {
            throw .unsupportedHEIF("the property \(FourCC.name(property.box.type))", container.format)
        }
    }

    static func plane(
        _ id: Int, _ item: HEIFContainer.Item, _ container: HEIFContainer, _ limits: ImageDecoder.Limits
    ) throws(GessoError) -> Plane {
        let size = try extent(of: item, container)
        switch item.type {
        case FourCC.hvc1, FourCC.hev1, FourCC.av01:
            return Plane(
                ids: [id], tiles: [item], columns: 1, tileSize: size, size: size,
                coding: try CodedImage(item, of: size, container, limits).samples)
        case FourCC.grid:
            return try grid(id, item, size, container, limits)
        default:
            throw .unsupportedHEIF(
                "an image of type \(FourCC.name(item.type))"
                    + (item.type == FourCC.iovl ? " (an overlay of images)" : ""), container.format)
        }
    }

    /// ImageSpatialExtentsProperty (23008-12, 6.5.3).
    static func extent(of item: HEIFContainer.Item, _ container: HEIFContainer) throws(GessoError) -> Size {
        guard let ispe = container.property(FourCC.ispe, of: item), let width = ispe.uint32(4),
            let height = ispe.uint32(8)
        else { throw container.damaged("an image without a size", at: container.file) }
        let size = Size(width: width, height: height)
        guard !size.isEmpty, size.longEdge <= Int(Int32.max) else {
            throw container.damaged("an image of \(size)", at: ispe)
        }
        return size
    }

    /// ImageGrid: rows and columns of tiles of one size, cut at the right and the bottom (23008-12, 6.6.2.3).
    private static func grid(
        _ id: Int, _ item: HEIFContainer.Item, _ size: Size, _ container: HEIFContainer, _ limits: ImageDecoder.Limits
    ) throws(GessoError) -> Plane {
        guard let body = try container.content(of: item)?.first else {
            throw .truncatedHeader(container.format, at: container.file.count)
        }
        let isWide = (body.uint8(1) ?? 0) & 1 == 1
        guard let rows = body.uint8(2).map({ Int($0) + 1 }), let columns = body.uint8(3).map({ Int($0) + 1 }),
            let width = isWide ? body.uint32(4) : body.uint16(4),
            let height = isWide ? body.uint32(8) : body.uint16(6)
        else { throw container.damaged("a short grid", at: body) }
        let ids = container.references(FourCC.dimg, from: id)
        guard ids.count == rows * columns else {
            throw container.damaged("a grid of \(columns)x\(rows) with \(ids.count) tiles", at: body)
        }
        guard Size(width: width, height: height) == size else {
            throw container.damaged("a grid of \(width)x\(height) in an image of \(size)", at: body)
        }
        var tiles: [HEIFContainer.Item] = []
        var tileSize = Size(width: 0, height: 0)
        for id in ids {
            guard let tile = container.items[id], HEIFContainer.Item.codedTypes.contains(tile.type) else {
                throw .unsupportedHEIF("a grid of other than coded images", container.format)
            }
            try checkEssential(tile, container)
            let found = try extent(of: tile, container)
            if tiles.isEmpty { tileSize = found }
            guard found == tileSize, tile.type == tiles.first?.type ?? tile.type else {
                throw container.damaged("tiles of different sizes or codecs", at: body)
            }
            tiles.append(tile)
        }
        // Each tile covers a part of the image.
        let isCovered =
            tileSize.width * columns >= width && tileSize.height * rows >= height
            && tileSize.width * (columns - 1) < width && tileSize.height * (rows - 1) < height
        guard isCovered, let first = tiles.first else {
            throw container.damaged("\(columns)x\(rows) tiles of \(tileSize) for an image of \(size)", at: body)
        }
        return Plane(
            ids: ids, tiles: tiles, columns: columns, tileSize: tileSize, size: size,
            coding: try CodedImage(first, of: tileSize, container, limits).samples)
    }
}
