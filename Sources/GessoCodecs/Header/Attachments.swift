import GessoPixels

/// What a JPEG has besides its image: further images, one of which may be a gain map, and a video.
struct Attachments {
    private(set) var warnings: [ImageDecoder.Warning] = []

    init(of bytes: Bytes, _ facts: ParsedHeader) {
        guard facts.format == .jpeg else { return }
        let semantics = facts.xmpFacts?.values(of: XMPProperty.itemSemantic) ?? []
        let images = facts.furtherImages
        let announced =
            facts.announcesGainMap || semantics.contains("GainMap")
            || facts.xmpFacts?.values(of: XMPProperty.gainMapVersion).isEmpty == false
        // A file that was saved again may have lost what its metadata announce.
        let hasGainMap =
            announced && (!images.isEmpty || bytes.contains("\u{ff}\u{d9}\u{ff}\u{d8}\u{ff}"))
            || images.contains { Self.isGainMap($0, in: bytes) }
        let others = images.count - (hasGainMap ? 1 : 0)
        if hasGainMap { warnings.append(.gainMapLeftOut) }
        if others > 0 { warnings.append(.imagesLeftOut(others)) }
        let isMotionPhoto =
            semantics.contains("MotionPhoto")
            || facts.xmpFacts?.values(of: XMPProperty.motionPhoto).contains("1") == true
        if isMotionPhoto && bytes.contains("ftyp") || Self.hasSamsungVideo(bytes) {
            warnings.append(.videoLeftOut)
        }
    }

    /// Whether an image's first segments name a gain map, as Adobe, ISO and Apple do.
    private static func isGainMap(_ image: Range<Int>, in bytes: Bytes) -> Bool {
        guard let start = bytes.slice(image.lowerBound, min(image.count, 64 << 10)) else { return false }
        return ["hdr-gain-map", "urn:iso:std:iso:ts:21496:-1", "HDRGainMap", "hdrgainmap"]
            .contains { start.contains($0) }
    }

    /// Whether the file ends with Samsung's list of data, and a motion photo is among them.
    private static func hasSamsungVideo(_ bytes: Bytes) -> Bool {
        bytes.matches("SEFT", at: bytes.count - 4) && bytes.contains("MotionPhoto_Data")
    }
}
