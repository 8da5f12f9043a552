import GessoPixels

/// Reads JPEG marker segments up to the first scan (ITU-T T.81, B).
enum JPEGHeaderParser {
    static func read(_ bytes: Bytes, limits: DecodeLimits) throws(GessoError) -> ParsedHeader {
        var facts = ParsedHeader(format: .jpeg)
        var profile = JPEGProfileParts()
        var manifest = JPEGManifestParts()
        var sawFrame = false
        var position = 2
        var segments = 0
        var between = 0
        while let marker = nextMarker(bytes, &position, &between) {
            guard between <= mostBetween else {
                throw .corruptHeader(.jpeg, "more than \(mostBetween) bytes between its segments", at: position - 2)
            }
            switch marker {
            case 0x01, 0xD0...0xD7:
                between += 2
                continue
            case 0xD8: throw .corruptHeader(.jpeg, "a second start of image", at: position - 2)
            case 0xD9: throw .corruptHeader(.jpeg, "it ends without an image", at: position - 2)
            case 0xDA:
                guard sawFrame else { throw .corruptHeader(.jpeg, "a scan without a frame header", at: position - 2) }
                // Length, then the number of components (ITU-T T.81, B.2.3).
                let scanned = bytes.uint8(position + 2).map(Int.init) ?? 0
                facts.coding.hasSeveralScans = facts.isProgressive || scanned < facts.channels
                try profile.finish(limits, &facts)
                manifest.finish(limits, &facts)
                return facts
            default: break
            }
            guard let length = bytes.uint16(position) else { break }
            segments += 1
            guard segments <= limits.chunkCount else { throw .tooManyChunks(.jpeg, limits.chunkCount) }
            // Lengths below 2 cannot be; libjpeg skips just the length, and so must we to see what it sees.
            guard let body = bytes.slice(position + 2, max(0, length - 2)) else { break }
            switch marker {
            case 0xC4, 0xC8, 0xCC: break
            case 0xC0...0xCF:
                guard !sawFrame else { throw .corruptHeader(.jpeg, "two frame headers", at: position - 2) }
                try readFrame(marker, body, at: position, &facts)
                sawFrame = true
            case 0xE1: takeApplication1(body, &facts)
            case 0xE2: profile.take(body)
            case 0xEB: manifest.take(body)
            case 0xED: if body.matches("Photoshop 3.0\0", at: 0) { facts.metadata.insert(.iptc) }
            case 0xFE: facts.metadata.insert(.comment)
            default: break
            }
            position += max(2, length)
        }
        throw .truncatedHeader(.jpeg, at: bytes.count)
    }

    /// Fill bytes and garbage that a header may hold in all: some cameras align their segments, none by this much.
    private static let mostBetween = 1 << 20

    /// The next marker's code, `position` left behind it; skips fill bytes and, as libjpeg does, garbage between
    /// segments, adding their number to `between`. Goes no farther than allowed.
    private static func nextMarker(_ bytes: Bytes, _ position: inout Int, _ between: inout Int) -> UInt8? {
        while let byte = bytes.uint8(position) {
            position += 1
            if byte == 0xFF, let code = bytes.uint8(position), code != 0xFF, code != 0 {
                position += 1
                return code
            }
            between += 1
            if between > mostBetween { return byte }
        }
        return nil
    }

    private static func readFrame(
        _ marker: UInt8, _ body: Bytes, at position: Int, _ facts: inout ParsedHeader
    ) throws(GessoError) {
        guard let precision = body.uint8(0), let height = body.uint16(1), let width = body.uint16(3),
            let components = body.uint8(5), body.count == 6 + 3 * Int(components)
        else { throw .corruptHeader(.jpeg, "the frame header has the wrong length", at: position) }
        facts.size = Size(width: width, height: height)
        facts.bitsPerChannel = Int(precision)
        facts.channels = Int(components)
        facts.isProgressive = marker == 0xC2 || marker == 0xCA
        facts.coding.sampling = (0..<Int(components)).map { index in
            let factors = Int(body.uint8(7 + 3 * index) ?? 0x11)
            return Size(width: max(1, factors >> 4), height: max(1, factors & 15))
        }
        switch components {
        case 1: facts.colorModel = .gray
        case 3: facts.colorModel = .rgb
        case 4: facts.colorModel = .cmyk
        default:
            throw GessoError(
                .unsupportedFeature, stage: "probe",
                "JPEG with \(components) components is not supported; 1, 3 and 4 are. Convert the file first.",
                facts: ["found": "\(components)", "what": "components"])
        }
        try refuseRareProcesses(marker, precision)
    }

    /// Lossless and hierarchical processes, and samples of other than 8 bits.
    private static func refuseRareProcesses(_ marker: UInt8, _ precision: UInt8) throws(GessoError) {
        guard [0xC0, 0xC1, 0xC2, 0xC9, 0xCA].contains(marker) else {
            throw GessoError(
                .unsupportedFeature, stage: "probe",
                "Lossless and hierarchical JPEG are not supported; save the image as baseline or progressive JPEG.",
                facts: ["found": "SOF\(marker - 0xC0)", "what": "process"])
        }
        guard precision == 8 else {
            throw GessoError(
                .unsupportedFeature, stage: "probe",
                "JPEG with \(precision) bits a sample is not supported, only 8; save the image as PNG or 8-bit JPEG.",
                facts: ["found": "\(precision)", "allowed": "8", "what": "bits"])
        }
    }

    private static func takeApplication1(_ body: Bytes, _ facts: inout ParsedHeader) {
        if body.matches("Exif\0\0", at: 0) {
            facts.take(exif: body)
        } else if body.matches("http://ns.adobe.com/xap/1.0/\0", at: 0) {
            facts.take(xmp: XMPBlock(bytes: body.suffix(from: 29)))
        } else if body.matches("http://ns.adobe.com/xmp/extension/\0", at: 0) {
            facts.metadata.insert(.xmp)
        }
    }
}
