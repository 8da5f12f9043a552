import GessoPixels

/// A unit of an AV1 bitstream (OBU) by its header (AV1 specification, 5.3).
struct AV1Unit {
    let type: Int
    /// With its header.
    let bytes: Bytes
    let payload: Bytes

    /// The unit at the start of `bytes`; nil if it does not fit.
    init?(_ bytes: Bytes) {
        guard let header = bytes.uint8(0), header & 0x80 == 0 else { return nil }
        type = Int(header >> 3 & 15)
        var position = header & 4 == 0 ? 1 : 2
        var length = 0
        if header & 2 != 0 {
            // leb128: seven bits a byte, the lowest first (4.10.5).
            for index in 0..<8 {
                guard let byte = bytes.uint8(position) else { return nil }
                position += 1
                length |= Int(byte & 0x7F) << (7 * index)
                if byte & 0x80 == 0 { break }
            }
        } else {
            length = bytes.count - position
        }
        guard let payload = bytes.slice(position, length), let whole = bytes.slice(0, position + length) else {
            return nil
        }
        self.payload = payload
        self.bytes = whole
    }

    var isSequenceHeader: Bool { type == 1 }
    /// A frame header, alone or with its tiles.
    var startsFrame: Bool { type == 3 || type == 6 }
    /// Tiles, or a copy of a frame header.
    var continuesFrame: Bool { type == 4 || type == 7 }
}

/// The size and depth of the samples in an AV1 sequence header (5.5), and what is needed to find in a frame header
/// whether that frame has another size.
struct AV1SequenceHeader {
    let size: Size
    let bits: Int
    /// 0 gray, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    let chroma: Int
    let codePoints: CodePoints
    private let isReduced: Bool
    private var presentationTimeBits = 0
    private var frameIDBits = 0
    private var forcesScreenContent = 2
    private var forcesIntegerMotion = 2

    /// Nil if the header is damaged.
    init?(_ payload: Bytes) {
        var reader = BitReader(payload)
        let profile = reader.bits(3)
        reader.skip(1)
        isReduced = reader.flag()
        var hasEqualIntervals = false
        if isReduced {
            reader.skip(5)
        } else {
            var (delayBits, timeBits) = (0, 0)
            var hasDecoderModel = false
            if reader.flag() {
                reader.skip(64)
                hasEqualIntervals = reader.flag()
                if hasEqualIntervals { _ = reader.exponentialGolomb() }
                hasDecoderModel = reader.flag()
                if hasDecoderModel {
                    delayBits = reader.bits(5) + 1
                    reader.skip(32 + 5)
                    timeBits = reader.bits(5) + 1
                }
            }
            if hasDecoderModel, !hasEqualIntervals { presentationTimeBits = timeBits }
            let hasDelays = reader.flag()
            for _ in 0...reader.bits(5) {
                reader.skip(12)
                if reader.bits(5) > 7 { reader.skip(1) }
                if hasDecoderModel, reader.flag() { reader.skip(2 * delayBits + 1) }
                if hasDelays, reader.flag() { reader.skip(4) }
            }
        }
        let (widthBits, heightBits) = (reader.bits(4) + 1, reader.bits(4) + 1)
        size = Size(width: reader.bits(widthBits) + 1, height: reader.bits(heightBits) + 1)
        if !isReduced, reader.flag() {
            let delta = reader.bits(4) + 2
            frameIDBits = delta + reader.bits(3) + 1
        }
        reader.skip(3)
        if !isReduced {
            reader.skip(4)
            let hasOrder = reader.flag()
            if hasOrder { reader.skip(2) }
            if !reader.flag() { forcesScreenContent = reader.bits(1) }
            if forcesScreenContent > 0, !reader.flag() { forcesIntegerMotion = reader.bits(1) }
            if hasOrder { reader.skip(3) }
        }
        reader.skip(3)
        // color_config (5.5.2).
        let isHigh = reader.flag()
        bits = profile == 2 && isHigh ? (reader.flag() ? 12 : 10) : isHigh ? 10 : 8
        let isGray = profile == 1 ? false : reader.flag()
        var points = CodePoints()
        if reader.flag() {
            points = CodePoints(primaries: reader.bits(8), transfer: reader.bits(8), matrix: reader.bits(8))
        }
        if isGray {
            points.isFullRange = reader.flag()
            chroma = 0
        } else if points.primaries == 1, points.transfer == 13, points.matrix == 0 {
            chroma = 3
        } else {
            points.isFullRange = reader.flag()
            switch profile {
            case 0: chroma = 1
            case 1: chroma = 3
            default: chroma = bits == 12 ? (reader.flag() ? (reader.flag() ? 1 : 2) : 3) : 2
            }
        }
        codePoints = points
        guard !reader.isExhausted, profile <= 2 else { return nil }
    }

    /// Whether a frame states a size of its own (frame_size_override_flag, 5.9.2), which may be larger than that of the
    /// sequence.
    func hasOwnSize(frame payload: Bytes) -> Bool {
        guard !isReduced else { return false }
        var reader = BitReader(payload, maximum: 32)
        if reader.flag() { return false }
        let (kind, isShown) = (reader.bits(2), reader.flag())
        if isShown { reader.skip(presentationTimeBits) } else { reader.skip(1) }
        let isSwitch = kind == 3
        if !isSwitch, kind != 0 || !isShown { reader.skip(1) }
        reader.skip(1)
        let isScreenContent = forcesScreenContent == 2 ? reader.flag() : forcesScreenContent == 1
        if isScreenContent, forcesIntegerMotion == 2 { reader.skip(1) }
        reader.skip(frameIDBits)
        return isSwitch || reader.flag()
    }
}
