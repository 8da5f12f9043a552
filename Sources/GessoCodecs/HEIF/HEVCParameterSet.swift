import GessoPixels

/// A NAL unit of an HEVC bitstream by its header (ITU-T H.265, 7.3.1.2).
struct HEVCUnit {
    let bytes: Bytes
    let type: Int
    let layer: Int

    /// Nil for a unit without a whole header.
    init?(_ bytes: Bytes) {
        guard let header = bytes.uint16(0) else { return nil }
        self.bytes = bytes
        type = header >> 9 & 0x3F
        layer = header >> 3 & 0x3F
    }

    var isParameterSet: Bool { (32...34).contains(type) }
    var isSequenceParameterSet: Bool { type == 33 }
    /// A slice of a picture.
    var isSlice: Bool { type <= 9 || (16...21).contains(type) }
    /// Whether a slice is the first one of its picture.
    var startsPicture: Bool { (bytes.uint8(2) ?? 0) & 0x80 != 0 }
}

/// The size and depth of the samples in a sequence parameter set (ITU-T H.265, 7.3.2.2.1).
struct HEVCSequenceParameters {
    /// The decoded size, and the size without what the conformance window leaves out.
    let codedSize: Size
    let size: Size
    let bits: Int
    /// 0 gray, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    let chroma: Int

    /// Nil if the set is damaged.
    init?(_ unit: Bytes) {
        var reader = BitReader(unit, removesEscapes: true)
        reader.skip(16 + 4)
        let subLayers = reader.bits(3)
        reader.skip(1)
        // profile_tier_level: 96 bits, then flags and levels of the temporal layers (7.3.3).
        reader.skip(96)
        if subLayers > 0 {
            let flags = (0..<subLayers).map { _ in reader.bits(2) }
            reader.skip(2 * (8 - subLayers))
            for flag in flags { reader.skip((flag & 2 != 0 ? 88 : 0) + (flag & 1 != 0 ? 8 : 0)) }
        }
        _ = reader.exponentialGolomb()
        chroma = reader.exponentialGolomb()
        if chroma == 3 { reader.skip(1) }
        let (width, height) = (reader.exponentialGolomb(), reader.exponentialGolomb())
        var (right, bottom) = (0, 0)
        if reader.flag() {
            let edges = (0..<4).map { _ in reader.exponentialGolomb() }
            right = edges[0] + edges[1]
            bottom = edges[2] + edges[3]
        }
        let (luma, other) = (reader.exponentialGolomb(), reader.exponentialGolomb())
        let horizontal = chroma == 1 || chroma == 2 ? 2 : 1
        let vertical = chroma == 1 ? 2 : 1
        guard !reader.isExhausted, chroma <= 3, luma <= 8, chroma == 0 || other == luma, width > 0, height > 0,
            right * horizontal < width, bottom * vertical < height
        else { return nil }
        codedSize = Size(width: width, height: height)
        size = Size(width: width - right * horizontal, height: height - bottom * vertical)
        bits = luma + 8
    }
}
