import GessoPixels

/// Reads the header of a HEIC or AVIF file: its boxes, and of the bitstreams what states a size.
enum HEIFHeaderParser {
    /// The format by the brands of the file type box; nil if none is known. Only the codec of the image decides in the
    /// end, since the brand `mif1` allows any.
    static func format(_ bytes: Bytes) -> ImageFormat? {
        guard bytes.code(4) == FourCC.ftyp, let length = bytes.uint32(0), length >= 16 else { return nil }
        let end = min(length, bytes.count, 1024)
        let brands = [bytes.code(8)] + stride(from: 16, to: end - 3, by: 4).map { bytes.code($0) }
        for case let brand? in brands {
            switch brand {
            case FourCC.avif, FourCC.avis: return .avif
            case FourCC.heic, FourCC.heix, FourCC.heim, FourCC.heis, FourCC.hevc, FourCC.hevx: return .heic
            default: break
            }
        }
        return brands.contains { $0 == FourCC.mif1 || $0 == FourCC.msf1 } ? .heic : nil
    }

    static func read(_ bytes: Bytes, _ format: ImageFormat, limits: ImageDecoder.Limits) throws(GessoError)
        -> ParsedHeader
    {
        var facts = ParsedHeader(format: format)
        let boxes = try TopLevel(bytes, format, limits)
        facts.isTruncated = boxes.isCut
        for box in boxes.others { takeManifest(box, limits, &facts) }
        guard let meta = boxes.meta else {
            if boxes.movie != nil { throw .unsupportedHEIF("frames of a video but no still image", format) }
            throw .truncatedHeader(format, at: bytes.count)
        }
        let container = try HEIFContainer(meta, of: bytes, format, limits)
        let image = try HEIFImage(container, limits)
        facts.format = image.color.coding.isAV1 ? .avif : .heic
        try takeMetadata(container, limits, &facts)
        facts.take(image)
        facts.frameCount = max(imageCount(container), boxes.movie.map(frameCount) ?? 1)
        facts.heif = HEIFSource(container: container, image: image)
        for plane in [image.color, image.alpha].compactMap(\.self) {
            for tile in plane.tiles where try container.content(of: tile) == nil { facts.isTruncated = true }
        }
        facts.coding.decoderByteCount = try HEIFMemory.decoding(container, image)
        return facts
    }

    /// The boxes of a file that are not in another box.
    struct TopLevel {
        private(set) var meta: Boxes.Box?
        private(set) var movie: Boxes.Box?
        /// Boxes whose type is a `uuid`.
        private(set) var others: [Boxes.Box] = []
        /// Whether the file ends inside one of the boxes that an image consists of.
        private(set) var isCut = false

        init(_ bytes: Bytes, _ format: ImageFormat, _ limits: ImageDecoder.Limits) throws(GessoError) {
            var boxes = Boxes(bytes)
            var count = 0
            while let box = boxes.next() {
                count += 1
                guard count <= limits.chunkCount else { throw .tooManyChunks(format, limits.chunkCount) }
                switch box.type {
                case FourCC.meta where meta == nil: meta = box
                case FourCC.moov where movie == nil: movie = box
                case FourCC.uuid: others.append(box)
                case FourCC.ftyp, FourCC.mdat, FourCC.free, FourCC.skip, FourCC.meta, FourCC.moov: break
                // Bytes after the last box do not belong to the image.
                default: continue
                }
                if box.isCut { isCut = true }
            }
        }
    }

    /// C2PA 2.1, A.4: a `uuid` box with a purpose, which is `manifest` for the one that counts, an offset, and the
    /// manifest.
    private static func takeManifest(_ box: Boxes.Box, _ limits: ImageDecoder.Limits, _ facts: inout ParsedHeader) {
        let id = "\u{d8}\u{fe}\u{c3}\u{d6}\u{1b}\u{0e}\u{48}\u{3c}\u{92}\u{97}\u{58}\u{28}\u{87}\u{7e}\u{c4}\u{81}"
        let purpose = 16 + 4
        guard box.body.matches(id, at: 0), box.body.matches("manifest\0", at: purpose) else { return }
        facts.take(manifest: box.body.suffix(from: purpose + 9 + 8), limits)
    }

    /// EXIF and XMP are items that describe the primary image, or any image if the file does not say which.
    private static func takeMetadata(
        _ container: HEIFContainer, _ limits: ImageDecoder.Limits, _ facts: inout ParsedHeader
    ) throws(GessoError) {
        let described = Dictionary(
            container.references.filter { $0.type == FourCC.cdsc }.map { ($0.from, $0.to) },
            uniquingKeysWith: { a, _ in a }
        )
        for (id, item) in container.items.sorted(by: { $0.key < $1.key }) {
            if let images = described[id], let primary = container.primary, !images.contains(primary) { continue }
            let isXMP = item.type == FourCC.mime && item.contentType == "application/rdf+xml"
            guard isXMP || item.type == FourCC.Exif, !item.isElsewhere else { continue }
            // One in several places is left unread.
            guard let parts = try container.content(of: item) else {
                facts.isTruncated = true
                continue
            }
            guard parts.count == 1, let body = parts.first else {
                facts.metadata.insert(isXMP ? .xmp : .exif)
                continue
            }
            if isXMP {
                facts.take(xmp: XMPBlock(bytes: body))
            } else if let offset = body.uint32(0) {
                // ExifDataBlock: the offset of the TIFF header, then the block (23008-12, A.2.1).
                facts.take(exif: body.suffix(from: 4).suffix(from: offset))
            }
        }
    }

    /// The number of images that a viewer would list: no tiles, thumbnails or auxiliary images.
    private static func imageCount(_ container: HEIFContainer) -> Int {
        var parts: Set<Int> = []
        for reference in container.references {
            switch reference.type {
            case FourCC.dimg: parts.formUnion(reference.to)
            case FourCC.thmb, FourCC.auxl: parts.insert(reference.from)
            default: break
            }
        }
        let images: Set<UInt32> = [FourCC.hvc1, FourCC.hev1, FourCC.av01, FourCC.grid, FourCC.iovl]
        return max(
            1, container.items.count { images.contains($0.value.type) && !$0.value.isHidden && !parts.contains($0.key) }
        )
    }

    /// The number of samples of the longest track with images, from its SampleSizeBox (14496-12, 8.7.3.2).
    private static func frameCount(_ movie: Boxes.Box) -> Int {
        var longest = 1
        var tracks = 0
        var boxes = Boxes(movie.body)
        while let track = boxes.next(), tracks < 16 {
            guard track.type == FourCC.trak else { continue }
            tracks += 1
            guard let media = child(FourCC.mdia, of: track.body), let handler = child(FourCC.hdlr, of: media),
                handler.code(8) == FourCC.pict, let information = child(FourCC.minf, of: media),
                let table = child(FourCC.stbl, of: information), let sizes = child(FourCC.stsz, of: table),
                let count = sizes.uint32(8)
            else { continue }
            longest = max(longest, count)
        }
        return longest
    }

    private static func child(_ type: UInt32, of body: Bytes) -> Bytes? {
        var boxes = Boxes(body)
        var count = 0
        while let box = boxes.next(), count < 64 {
            if box.type == type { return box.body }
            count += 1
        }
        return nil
    }
}

/// What decoding needs of a parsed HEIC or AVIF file.
struct HEIFSource {
    let container: HEIFContainer
    let image: HEIFImage
}

extension ParsedHeader {
    fileprivate mutating func take(_ image: HEIFImage) {
        size = image.aperture.size
        // Rotation and mirroring are properties of the image; the orientation in EXIF, if any, repeats them (23008-12,
        // A.2.1) and must not be applied again.
        orientation = image.orientation
        let isGray = image.color.coding.isGray
        colorModel = isGray ? .gray : .rgb
        hasAlpha = image.alpha != nil
        channels = (isGray ? 1 : 3) + (hasAlpha ? 1 : 0)
        bitsPerChannel = image.color.coding.bits
        if let bytes = image.profile { take(profile: bytes) }
        guard profile == nil, profileProblem == nil, let points = image.codePoints ?? image.color.coding.codePoints
        else { return }
        do throws(GessoError) {
            profile = try points.profile(isGray: isGray)
        } catch {
            profileProblem = error
        }
    }
}
