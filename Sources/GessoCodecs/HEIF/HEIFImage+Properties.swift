import GessoPixels

extension HEIFImage {
    /// Applies the clean aperture, the rotation and the mirroring in the order of the file (23008-12, 6.5.9 to 6.5.12).
    mutating func readTransforms(_ item: HEIFContainer.Item, _ container: HEIFContainer) throws(GessoError) {
        for property in item.properties {
            let body = property.box.body
            switch property.box.type {
            case FourCC.clap:
                guard orientation == .up, aperture == Rect(color.size) else {
                    throw .unsupportedHEIF("a clean aperture after a rotation", container.format)
                }
                guard let rect = Self.aperture(body, in: color.size) else {
                    throw container.damaged("a clean aperture outside the image", at: body)
                }
                aperture = rect
            case FourCC.irot:
                // Counterclockwise, in steps of 90°.
                let steps: [Orientation] = [.up, .left, .down, .right]
                orientation = orientation.followed(by: steps[Int(body.uint8(0) ?? 0) & 3])
            case FourCC.imir:
                orientation = orientation.followed(by: (body.uint8(0) ?? 0) & 1 == 1 ? .upMirrored : .downMirrored)
            default: break
            }
        }
    }

    /// The rectangle of a CleanApertureBox: width, height and the offset of its center from the image's, as fractions
    /// (14496-12, 12.1.4). Nil if it is not inside the image, or empty.
    private static func aperture(_ body: Bytes, in size: Size) -> Rect? {
        let numbers = (0..<8).compactMap { index in
            body.uint32(index * 4).map { Int(Int32(truncatingIfNeeded: $0)) }
        }
        guard numbers.count == 8, [1, 3, 5, 7].allSatisfy({ numbers[$0] > 0 }) else { return nil }
        func value(_ index: Int) -> Double { Double(numbers[index]) / Double(numbers[index + 1]) }
        let (width, height) = (value(0), value(2))
        guard width >= 1, height >= 1, width <= Double(size.width), height <= Double(size.height) else { return nil }
        let x = (Double(size.width) - width) / 2 + value(4)
        let y = (Double(size.height) - height) / 2 + value(6)
        guard abs(x) < 1e9, abs(y) < 1e9 else { return nil }
        let rect = Rect(
            x: Int(x.rounded(.down)), y: Int(y.rounded(.down)), width: Int(width.rounded(.down)),
            height: Int(height.rounded(.down)))
        return Rect(size).contains(rect) ? rect : nil
    }

    /// ColourInformationBox (14496-12, 12.1.5); the first of each kind counts.
    mutating func take(color body: Bytes) {
        switch body.code(0) {
        case FourCC.nclx:
            guard codePoints == nil, let primaries = body.uint16(4), let transfer = body.uint16(6),
                let matrix = body.uint16(8), let range = body.uint8(10)
            else { return }
            codePoints = CodePoints(
                primaries: primaries, transfer: transfer, matrix: matrix, isFullRange: range & 0x80 != 0)
        case FourCC.prof, FourCC.rICC:
            if profile == nil { profile = body.suffix(from: 4) }
        default: break
        }
    }

    private static let alphaTypes = [
        "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", "urn:mpeg:hevc:2015:auxid:1", "urn:mpeg:avc:2015:auxid:1",
    ]

    /// The name that an auxiliary image has for its use (23008-12, 6.5.8).
    private static func use(of item: HEIFContainer.Item, _ container: HEIFContainer) -> String? {
        guard let auxC = container.property(FourCC.auxC, of: item) else { return nil }
        let end = auxC.endOfText(at: 4).map { $0 - 1 } ?? auxC.count
        return auxC.slice(4, min(max(0, end - 4), 128)).map { String(decoding: $0.buffer, as: UTF8.self) }
    }

    mutating func readAlpha(
        of primary: Int, _ container: HEIFContainer, _ limits: ImageDecoder.Limits
    ) throws(GessoError) {
        // The auxiliary image with alpha of each image that has one.
        var alphas: [Int: Int] = [:]
        for reference in container.references where reference.type == FourCC.auxl {
            guard let item = container.items[reference.from], let use = Self.use(of: item, container),
                Self.alphaTypes.contains(use)
            else { continue }
            for id in reference.to where alphas[id] == nil { alphas[id] = reference.from }
        }
        if let id = alphas[primary], let item = container.items[id] {
            let plane = try Self.plane(id, item, container, limits)
            guard plane.size == color.size else {
                throw container.damaged(
                    "an alpha plane of \(plane.size) for an image of \(color.size)", at: container.file)
            }
            alpha = plane
            isPremultiplied = container.references(FourCC.prem, from: primary).contains(id)
        } else if color.tiles.count > 1 {
            // Alpha of each tile instead of the whole grid.
            let ids = color.ids.compactMap { alphas[$0] }
            let tiles = ids.compactMap { container.items[$0] }
            guard tiles.count == color.tiles.count, let first = tiles.first else { return }
            for tile in tiles where try Self.extent(of: tile, container) != color.tileSize {
                throw container.damaged("alpha of another size than its tile", at: container.file)
            }
            var plane = color
            (plane.ids, plane.tiles) = (ids, tiles)
            plane.coding = try CodedImage(first, of: color.tileSize, container, limits).samples
            alpha = plane
            isPremultiplied = zip(color.ids, ids).allSatisfy {
                container.references(FourCC.prem, from: $0).contains($1)
            }
        }
    }

    mutating func noteOmissions(_ primary: Int, _ container: HEIFContainer) {
        for reference in container.references where reference.type == FourCC.auxl && reference.to.contains(primary) {
            guard let item = container.items[reference.from], let use = Self.use(of: item, container),
                !Self.alphaTypes.contains(use)
            else { continue }
            let isGain = use.hasSuffix("hdrgainmap")
            let isDepth = use.hasSuffix("auxid:2") || use.hasSuffix("depth") || use.hasSuffix("disparity")
            omissions.append(
                isGain ? "its gain map (high dynamic range)" : isDepth ? "its depth map" : "an auxiliary image")
        }
        if container.items.values.contains(where: { $0.type == FourCC.tmap }) {
            omissions.append("its gain map (high dynamic range)")
        }
        var seen: Set<String> = []
        omissions = omissions.filter { seen.insert($0).inserted }
    }
}
