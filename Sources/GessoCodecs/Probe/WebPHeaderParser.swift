import GessoPixels

/// Reads the RIFF chunks of a WebP file (RFC 9649).
enum WebPHeaderParser {
    static func read(_ bytes: Bytes, limits: DecodeLimits) throws(GessoError) -> ParsedHeader {
        var facts = ParsedHeader(format: .webp)
        guard let riff = bytes.uint32(4, littleEndian: true) else { throw .truncatedHeader(.webp, at: bytes.count) }
        guard riff >= 12, riff <= 0xFFFF_FFF6 else {
            throw .corruptHeader(.webp, "impossible RIFF size \(riff)", at: 4)
        }
        // Bytes behind the RIFF container are no part of the image.
        let end = min(bytes.count, riff + 8)
        facts.isTruncated = bytes.count < riff + 8
        let file = bytes.suffix(from: 0).slice(0, end) ?? bytes
        guard let first = file.code(12), file.has(12, 8) else { throw .truncatedHeader(.webp, at: bytes.count) }
        if first == FourCC.VP8X {
            try readExtended(file, limits, &facts)
        } else {
            guard let length = file.uint32(16, littleEndian: true) else {
                throw .truncatedHeader(.webp, at: bytes.count)
            }
            if file.slice(20, length) == nil { facts.isTruncated = true }
            try facts.take(WebPBitstream(first, file.suffix(from: 20), at: 12))
            facts.framePayload = 0..<end
            try takeManifest(file, behind: 20 + (length + 1) & ~1, limits, &facts)
        }
        return facts
    }

    /// Content credentials stand behind the image without any VP8X that would tell of them (C2PA 2.1, A.3.4).
    private static func takeManifest(
        _ file: Bytes, behind start: Int, _ limits: DecodeLimits, _ facts: inout ParsedHeader
    ) throws(GessoError) {
        var position = start
        var chunks = 1
        while let tag = file.code(position), let length = file.uint32(position + 4, littleEndian: true) {
            if tag == FourCC.C2PA, let body = file.slice(position + 8, length) {
                return facts.take(manifest: body, limits)
            }
            position += 8 + (length + 1) & ~1
            chunks += 1
            guard chunks <= limits.chunkCount else { throw .tooManyChunks(.webp, limits.chunkCount) }
        }
    }

    private static func readExtended(_ file: Bytes, _ limits: DecodeLimits, _ facts: inout ParsedHeader)
        throws(GessoError)
    {
        guard let length = file.uint32(16, littleEndian: true), let flags = file.uint8(20),
            let width = file.uint24LittleEndian(24), let height = file.uint24LittleEndian(27)
        else { throw .truncatedHeader(.webp, at: file.count) }
        guard length >= 10 else { throw .corruptHeader(.webp, "short VP8X chunk", at: 12) }
        let canvas = Size(width: width + 1, height: height + 1)
        facts.size = canvas
        let isAnimated = flags & 0x02 != 0
        var sawImage = false
        var frames = 0
        var chunks = 1
        var position = 20 + (length + 1) & ~1
        while position < file.count {
            guard let tag = file.code(position), let length = file.uint32(position + 4, littleEndian: true),
                let body = file.slice(position + 8, length)
            else {
                facts.isTruncated = true
                // The image's own header may be there although the chunk is cut.
                if !isAnimated, !sawImage, let tag = file.code(position), tag == FourCC.VP8 || tag == FourCC.VP8L {
                    try facts.take(WebPBitstream(tag, file.suffix(from: position + 8), at: position))
                    sawImage = true
                }
                break
            }
            let isFrame = isAnimated && tag == FourCC.ANMF
            if !isFrame {
                chunks += 1
                guard chunks <= limits.chunkCount else { throw .tooManyChunks(.webp, limits.chunkCount) }
            }
            switch tag {
            case FourCC.VP8, FourCC.VP8L:
                if !isAnimated, !sawImage {
                    try facts.take(WebPBitstream(tag, body, at: position))
                    if tag == FourCC.VP8, flags & 0x10 != 0 { facts.hasAlpha = true }
                    sawImage = true
                }
            case FourCC.ALPH:
                facts.hasAlpha = true
                facts.coding.hasAlphaPlane = true
            case FourCC.ANMF where isFrame:
                frames += 1
                guard frames <= limits.pieceCount else { throw .tooManyChunks(.webp, limits.pieceCount) }
                if frames == 1 { try readFrame(body, at: position, canvas, limits, &facts) }
                sawImage = true
            case FourCC.ICCP:
                guard length <= limits.profileByteCount else { throw .profileTooLong(limits.profileByteCount) }
                if !facts.metadata.contains(.icc) { facts.take(profile: body) }
            case FourCC.EXIF: facts.take(exif: body)
            case FourCC.XMP: facts.take(xmp: XMPBlock(bytes: body))
            case FourCC.C2PA: facts.take(manifest: body, limits)
            default: break
            }
            position += 8 + (length + 1) & ~1
        }
        guard sawImage else { throw .truncatedHeader(.webp, at: file.count) }
        if isAnimated {
            facts.frameCount = max(1, frames)
            // The canvas is transparent where the first frame does not reach.
            facts.hasAlpha = true
        } else {
            guard facts.size == canvas else {
                throw .corruptHeader(.webp, "canvas \(canvas) and image \(facts.size) differ", at: 24)
            }
            facts.framePayload = 0..<file.count
        }
        facts.channels = facts.hasAlpha ? 4 : 3
    }

    /// Offsets and sizes are stored halved or less one in 24 bits, then flags, then the frame's chunks (RFC 9649, 2.7.1.1).
    private static func readFrame(
        _ body: Bytes, at position: Int, _ canvas: Size, _ limits: DecodeLimits, _ facts: inout ParsedHeader
    ) throws(GessoError) {
        guard let x = body.uint24LittleEndian(0), let y = body.uint24LittleEndian(3),
            let width = body.uint24LittleEndian(6), let height = body.uint24LittleEndian(9), body.count > 16
        else { throw .corruptHeader(.webp, "short animation frame", at: position) }
        let rect = Rect(x: x * 2, y: y * 2, width: width + 1, height: height + 1)
        guard Rect(canvas).contains(rect) else {
            throw .corruptHeader(.webp, "a frame of \(rect) leaves the canvas of \(canvas)", at: position)
        }
        let start = position + 8 + 16
        try checkFrame(body.suffix(from: 16), of: rect.size, at: start, limits, &facts)
        facts.frameRect = rect
        facts.framePayload = start..<(position + 8 + body.count)
    }

    /// An animation frame holds alpha, where that is coded apart, then its bitstream (RFC 9649, 2.7.1.1), which must have
    /// the frame's size: decoders decode whatever size it has.
    private static func checkFrame(
        _ payload: Bytes, of size: Size, at start: Int, _ limits: DecodeLimits, _ facts: inout ParsedHeader
    ) throws(GessoError) {
        var (position, chunks) = (0, 0)
        while let tag = payload.code(position), let length = payload.uint32(position + 4, littleEndian: true) {
            let isBitstream = tag == FourCC.VP8 || tag == FourCC.VP8L
            if tag == FourCC.ALPH { facts.coding.hasAlphaPlane = true }
            if tag == FourCC.VP8L { facts.coding.isLossless = true }
            guard isBitstream || position > 0 || tag == FourCC.ALPH else { break }
            if !payload.has(position + 8, length) { facts.isTruncated = true }
            if isBitstream {
                let found = try WebPBitstream(tag, payload.suffix(from: position + 8), at: start + position).size
                guard found == size else {
                    throw .corruptHeader(.webp, "a frame of \(size) holds an image of \(found)", at: start + position)
                }
                return
            }
            chunks += 1
            guard chunks <= limits.chunkCount else { throw .tooManyChunks(.webp, limits.chunkCount) }
            position += 8 + (length + 1) & ~1
        }
        throw .corruptHeader(.webp, "an animation frame without a bitstream", at: start + position)
    }
}

extension ParsedHeader {
    fileprivate mutating func take(_ bitstream: WebPBitstream) {
        size = bitstream.size
        hasAlpha = bitstream.hasAlpha ?? hasAlpha
        coding.isLossless = bitstream.hasAlpha != nil
        channels = hasAlpha ? 4 : 3
    }
}
