import GessoPixels

/// Reads the header of a JPEG: its marker segments up to the first scan (ITU-T T.81, B.2).
enum JPEGHeaderParser {
    static func read(_ bytes: Bytes, limits: ImageDecoder.Limits) throws(GessoError) -> ParsedHeader {
        var facts = ParsedHeader(format: .jpeg)
        var profile = JPEGProfileReassembly()
        var manifest = JPEGManifestReassembly()
        var sawFrame = false
        var segments = JPEGSegments(bytes, maximumCount: limits.chunkCount)
        while let segment = try segments.next() {
            let body = segment.body
            switch segment.marker {
            case JPEGSegments.scan:
                guard sawFrame else { throw .corruptHeader(.jpeg, "a scan without a frame header", at: segment.offset) }
                // The number of components in the scan (ITU-T T.81, B.2.3).
                let scanned = body.uint8(0).map(Int.init) ?? 0
                facts.coding.hasSeveralScans = facts.isProgressive || scanned < facts.channels
                try profile.finish(limits, &facts)
                manifest.finish(limits, &facts)
                return facts
            case 0xC4, 0xC8, 0xCC: break
            case 0xC0...0xCF:
                guard !sawFrame else { throw .corruptHeader(.jpeg, "two frame headers", at: segment.offset) }
                try readFrame(segment.marker, body, at: segment.offset + 2, &facts)
                sawFrame = true
            case 0xE1: takeApplication1(body, &facts)
            case 0xE2:
                profile.take(body)
                takeApplication2(body, at: segment.offset + 4, bytes, &facts)
            case 0xEB: manifest.take(body)
            case 0xED: if body.matches("Photoshop 3.0\0", at: 0) { facts.take(photoshop: body.suffix(from: 14)) }
            case 0xFE: facts.take(comment: body.data())
            default: break
            }
        }
        throw .truncatedHeader(.jpeg, at: bytes.count)
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
                "JPEG with \(components) components is not supported; 1, 3 and 4 are. Give the file in another form.",
                facts: ["found": "\(components)", "what": "components"])
        }
        try requireSupported(marker, precision)
    }

    /// Throws `unsupportedFeature` for lossless and hierarchical processes, and for samples of other than 8 bits.
    private static func requireSupported(_ marker: UInt8, _ precision: UInt8) throws(GessoError) {
        guard [0xC0, 0xC1, 0xC2, 0xC9, 0xCA].contains(marker) else {
            throw GessoError(
                .unsupportedFeature, stage: "probe",
                "Lossless and hierarchical JPEG are not supported; save the image as baseline or progressive JPEG.",
                facts: ["found": "SOF\(marker - 0xC0)", "what": "process"])
        }
        guard precision == 8 else {
            throw GessoError(
                .unsupportedFeature, stage: "probe",
                "JPEG with \(precision) bits per sample is not supported, only 8; save the image as PNG or 8-bit JPEG.",
                facts: ["found": "\(precision)", "allowed": "8", "what": "bits"])
        }
    }

    /// Reads the index of a multi-picture file (CIPA DC-007, 5.2), and notes a gain map (ISO 21496-1).
    private static func takeApplication2(_ body: Bytes, at offset: Int, _ file: Bytes, _ facts: inout ParsedHeader) {
        if body.matches("MPF\0", at: 0), facts.furtherImages.isEmpty {
            facts.furtherImages = MultiPictureIndex.furtherImages(body.suffix(from: 4), at: offset + 4, in: file)
        } else if body.matches("urn:iso:std:iso:ts:21496:-1\0", at: 0) {
            facts.announcesGainMap = true
        }
    }

    /// Reads EXIF and XMP from an APP1 segment (EXIF 2.32, 4.7.2; XMP part 3, 1.1.3).
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
