import GessoPixels

/// The frames of an animated file, without their pixels.
struct AnimationTable {
    /// What becomes of a frame's pixels before the next frame is drawn.
    enum Disposal {
        case keep
        /// Its rectangle becomes transparent.
        case clear
        /// The canvas becomes what it was before the frame.
        case restore
    }

    struct Frame {
        let rect: Rect
        let milliseconds: Int
        /// Whether the frame is drawn over the canvas, and not in place of it.
        let blends: Bool
        let disposal: Disposal
        /// The range in the file of the frame's coded data.
        let payload: Range<Int>
        /// GIF: palette, transparent color and interlacing.
        var gif: GIFFrame?
    }

    var size: Size
    /// How often the animation is played; 0 for without end.
    var plays = 0
    var frames: [Frame] = []

    /// Reads the frames of a GIF, WebP or PNG; none if the file is a still image.
    ///
    /// The header of the file was parsed before, which bounds the number of frames. Throws `limitExceeded` if all frames
    /// together have more pixels than the limits allow.
    init(_ bytes: Bytes, _ facts: ParsedHeader, _ limits: ImageDecoder.Limits) throws(GessoError) {
        size = facts.size
        guard facts.frameCount > 1 else { return }
        let pixels = (size.pixelCount ?? .max).saturatingMultiplied(by: facts.frameCount)
        guard pixels <= limits.animationPixelCount else {
            throw GessoError(
                .limitExceeded, stage: "probe",
                "The \(facts.format) has \(facts.frameCount) frames of \(size), \(pixels) pixels in all, and "
                    + "\(limits.animationPixelCount) are allowed; use its first frame, shorten it, or raise "
                    + "limits.animationPixelCount (--limit animation-pixels=N).",
                facts: [
                    "found": "\(pixels)", "allowed": "\(limits.animationPixelCount)", "what": "animation pixels",
                    "format": facts.format.rawValue,
                ])
        }
        switch facts.format {
        case .gif: try readGIF(bytes)
        case .webp: try readWebP(bytes)
        case .png: try readPNG(bytes)
        default: return
        }
        // An animated PNG states the number of its frames, the others are counted.
        guard frames.count >= facts.frameCount else {
            throw .corruptHeader(
                facts.format, "\(facts.frameCount) frames are stated and \(frames.count) are there", at: bytes.count)
        }
        frames.removeLast(frames.count - facts.frameCount)
    }

    /// Adds a frame; its rectangle must be inside the canvas, except in a GIF, whose viewers crop it.
    mutating func append(_ frame: Frame, _ format: ImageFormat) throws(GessoError) {
        let isInside = Rect(size).contains(frame.rect)
        let isSmall = (frame.rect.size.pixelCount ?? .max) <= (size.pixelCount ?? 0).saturatingMultiplied(by: 2)
        guard !frame.rect.isEmpty, isInside || format == .gif && isSmall else {
            throw .corruptHeader(
                format, "a frame of \(frame.rect) is not inside the canvas of \(size)", at: frame.payload.lowerBound)
        }
        frames.append(frame)
    }
}

extension AnimationTable {
    /// Graphic control extensions, images and the loop count of NETSCAPE2.0 (GIF89a, 20 and 23).
    private mutating func readGIF(_ bytes: Bytes) throws(GessoError) {
        let global = GIFHeaderParser.paletteRange(bytes.uint8(10) ?? 0, at: 13)
        var position = global.upperBound
        var (milliseconds, disposal, transparent) = (0, Disposal.keep, Int?.none)
        // Without the extension a GIF is played once.
        plays = 1
        while let introducer = bytes.uint8(position) {
            if introducer == 0x21 {
                let label = bytes.uint8(position + 1)
                if label == 0xF9, let flags = bytes.uint8(position + 3) {
                    milliseconds = 10 * (bytes.uint16(position + 4, littleEndian: true) ?? 0)
                    disposal = flags >> 2 & 7 == 2 ? .clear : flags >> 2 & 7 == 3 ? .restore : .keep
                    transparent = flags & 1 == 1 ? bytes.uint8(position + 6).map(Int.init) : nil
                } else if label == 0xFF,
                    bytes.matches("NETSCAPE2.0", at: position + 3) || bytes.matches("ANIMEXTS1.0", at: position + 3),
                    bytes.uint8(position + 15) == 1, let count = bytes.uint16(position + 16, littleEndian: true)
                {
                    // The number of repetitions after the first time.
                    plays = count == 0 ? 0 : min(count + 1, 65_535)
                }
                position = GIFHeaderParser.endOfBlocks(bytes, position + 2)
            } else if introducer == 0x2C, let flags = bytes.uint8(position + 9),
                let x = bytes.uint16(position + 1, littleEndian: true),
                let y = bytes.uint16(position + 3, littleEndian: true),
                let width = bytes.uint16(position + 5, littleEndian: true),
                let height = bytes.uint16(position + 7, littleEndian: true)
            {
                let local = GIFHeaderParser.paletteRange(flags, at: position + 10)
                let end = GIFHeaderParser.endOfBlocks(bytes, local.upperBound + 1)
                let gif = GIFFrame(
                    isInterlaced: flags & 0x40 != 0, transparentIndex: transparent,
                    palette: local.isEmpty ? global : local)
                try append(
                    Frame(
                        rect: Rect(x: x, y: y, width: width, height: height), milliseconds: milliseconds, blends: true,
                        disposal: disposal,
                        payload: (local.upperBound..<max(end, local.upperBound)).clamped(to: 0..<bytes.count), gif: gif),
                    .gif)
                (milliseconds, disposal, transparent) = (0, .keep, nil)
                position = end
            } else {
                return
            }
        }
    }

    /// ANIM and ANMF chunks (RFC 9649, 2.7.1.1).
    private mutating func readWebP(_ bytes: Bytes) throws(GessoError) {
        var reader = WebPChunks(bytes, from: WebPChunks.start)
        while let chunk = reader.next(), let body = chunk.body {
            if chunk.tag == FourCC.ANIM { plays = body.uint16(4, littleEndian: true) ?? 0 }
            guard chunk.tag == FourCC.ANMF else { continue }
            guard let x = body.uint24LittleEndian(0), let y = body.uint24LittleEndian(3),
                let width = body.uint24LittleEndian(6), let height = body.uint24LittleEndian(9),
                let duration = body.uint24LittleEndian(12), let flags = body.uint8(15)
            else { throw .corruptHeader(.webp, "short animation frame", at: chunk.offset) }
            let start = chunk.offset + 8
            try append(
                Frame(
                    rect: Rect(x: x * 2, y: y * 2, width: width + 1, height: height + 1), milliseconds: duration,
                    blends: flags & 2 == 0, disposal: flags & 1 == 1 ? .clear : .keep,
                    payload: (start + 16)..<(start + max(16, body.count))), .webp)
        }
    }

    /// acTL and fcTL chunks; the data of a frame are the IDAT or fdAT chunks behind its fcTL (PNG 3rd edition, 11.3.6).
    private mutating func readPNG(_ bytes: Bytes) throws(GessoError) {
        var reader = PNGChunks(bytes)
        var control: Bytes?
        var start = 0
        func finish(_ end: Int) throws(GessoError) -> Frame? {
            guard let control, start > 0 else { return nil }
            guard let width = control.uint32(4), let height = control.uint32(8), let x = control.uint32(12),
                let y = control.uint32(16), let numerator = control.uint16(20), let denominator = control.uint16(22),
                let disposal = control.uint8(24), let blend = control.uint8(25)
            else { throw .corruptHeader(.png, "short frame control", at: bytes.offset(of: control)) }
            return Frame(
                rect: Rect(x: x, y: y, width: width, height: height),
                milliseconds: numerator * 1000 / (denominator == 0 ? 100 : denominator), blends: blend == 1,
                disposal: disposal == 1 ? .clear : disposal == 2 ? .restore : .keep, payload: start..<end)
        }
        while let chunk = reader.next(), let body = chunk.body {
            guard chunk.checked != nil else { throw .truncatedHeader(.png, at: bytes.count) }
            guard chunk.isIntact else {
                throw .corruptHeader(
                    .png, "the checksum of chunk \(FourCC.name(chunk.type)) is wrong", at: chunk.offset)
            }
            switch chunk.type {
            case FourCC.acTL: plays = min(body.uint32(4) ?? 0, 65_535)
            case FourCC.fcTL, FourCC.IEND:
                if let frame = try finish(chunk.offset) { try append(frame, .png) }
                (control, start) = (body, 0)
            case FourCC.IDAT, FourCC.fdAT: if control != nil, start == 0 { start = chunk.offset }
            default: break
            }
            if chunk.type == FourCC.IEND { return }
        }
    }
}
