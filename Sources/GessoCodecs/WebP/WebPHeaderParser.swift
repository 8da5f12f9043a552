import GessoPixels

/// Reads the header of a WebP file (RFC 9649): the RIFF container, the bitstream and the metadata chunks.
enum WebPHeaderParser {
    static func read(_ bytes: Bytes, limits: ImageDecoder.Limits) throws(GessoError) -> ParsedHeader {
        var facts = ParsedHeader(format: .webp)
        guard let riff = bytes.uint32(4, littleEndian: true) else { throw .truncatedHeader(.webp, at: bytes.count) }
        guard riff >= 12, riff <= 0xFFFF_FFF6 else {
            throw .corruptHeader(.webp, "impossible RIFF size \(riff)", at: 4)
        }
        // Bytes after the RIFF container do not belong to the image.
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
            let isComplete = file.slice(20, length) != nil
            try facts.take(WebPBitstream(first, file.suffix(from: 20), at: 12))
            // libwebp refuses a file that is shorter than stated, but decodes the chunk alone.
            facts.framePayload = facts.isTruncated && isComplete ? 12..<20 + length : 0..<end
            if !isComplete { facts.isTruncated = true }
            try takeManifest(file, after: 20 + (length + 1) & ~1, limits, &facts)
        }
        return facts
    }

    /// Reads a C2PA manifest that follows the image in a file without a VP8X chunk (C2PA 2.1, A.3.4).
    private static func takeManifest(
        _ file: Bytes, after start: Int, _ limits: ImageDecoder.Limits, _ facts: inout ParsedHeader
    ) throws(GessoError) {
        var reader = WebPChunks(file, from: start)
        var chunks = 1
        while let chunk = reader.next() {
            if chunk.tag == FourCC.C2PA, let body = chunk.body { return facts.take(manifest: body, limits) }
            chunks += 1
            guard chunks <= limits.chunkCount else { throw .tooManyChunks(.webp, limits.chunkCount) }
        }
    }

    private static func readExtended(_ file: Bytes, _ limits: ImageDecoder.Limits, _ facts: inout ParsedHeader)
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
        // The chunks of a still image, ALPH and the bitstream, as far as they are complete.
        var image: Range<Int>?
        var alphaStart: Int?
        var frames = 0
        var chunks = 1
        var reader = WebPChunks(file, from: 20 + (length + 1) & ~1)
        while reader.hasMore {
            let position = reader.position
            guard let chunk = reader.next(), let body = chunk.body else {
                facts.isTruncated = true
                // The bitstream's header may be complete although the chunk is not.
                if !isAnimated, !sawImage, let tag = file.code(position), tag == FourCC.VP8 || tag == FourCC.VP8L {
                    try facts.take(WebPBitstream(tag, file.suffix(from: position + 8), at: position))
                    sawImage = true
                }
                break
            }
            let tag = chunk.tag
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
                    image = (alphaStart ?? position)..<position + 8 + chunk.length
                }
            case FourCC.ALPH:
                facts.hasAlpha = true
                facts.coding.hasAlphaPlane = true
                alphaStart = alphaStart ?? position
            case FourCC.ANMF where isFrame:
                frames += 1
                guard frames <= limits.imageChunkCount else { throw .tooManyChunks(.webp, limits.imageChunkCount) }
                if frames == 1 { try readFrame(body, at: position, canvas, limits, &facts) }
                sawImage = true
            case FourCC.ICCP:
                guard chunk.length <= limits.profileByteCount else { throw .profileTooLong(limits.profileByteCount) }
                if !facts.metadata.contains(.icc) { facts.take(profile: body) }
            case FourCC.EXIF: facts.take(exif: body)
            case FourCC.XMP: facts.take(xmp: XMPBlock(bytes: body))
            case FourCC.C2PA: facts.take(manifest: body, limits)
            default: break
            }
        }
        guard sawImage else { throw .truncatedHeader(.webp, at: file.count) }
        if isAnimated {
            facts.frameCount = max(1, frames)
            // The canvas is transparent outside the first frame.
            facts.hasAlpha = true
        } else {
            guard facts.size == canvas else {
                throw .corruptHeader(.webp, "canvas \(canvas) and image \(facts.size) differ", at: 24)
            }
            facts.framePayload = 0..<file.count
            if facts.isTruncated, let image { facts.framePayload = image }
        }
        facts.channels = facts.hasAlpha ? 4 : 3
    }

    /// Reads an ANMF chunk: offset / 2 and size − 1 in 24 bits each, duration and flags, then the frame's chunks (RFC
    /// 9649, 2.7.1.1).
    private static func readFrame(
        _ body: Bytes, at position: Int, _ canvas: Size, _ limits: ImageDecoder.Limits, _ facts: inout ParsedHeader
    ) throws(GessoError) {
        guard let x = body.uint24LittleEndian(0), let y = body.uint24LittleEndian(3),
            let width = body.uint24LittleEndian(6), let height = body.uint24LittleEndian(9), body.count > 16
        else { throw .corruptHeader(.webp, "short animation frame", at: position) }
        let rect = Rect(x: x * 2, y: y * 2, width: width + 1, height: height + 1)
        guard Rect(canvas).contains(rect) else {
            throw .corruptHeader(.webp, "a frame of \(rect) is not inside the canvas of \(canvas)", at: position)
        }
        let start = position + 8 + 16
        try checkFrame(body.suffix(from: 16), of: rect.size, at: start, limits, &facts)
        facts.frameRect = rect
        facts.framePayload = start..<(position + 8 + body.count)
    }

    /// Reads the bitstream's header of an animation frame, which consists of an optional ALPH chunk and the bitstream (RFC
    /// 9649, 2.7.1.1). Throws `corrupt` if it has another size than the frame: decoders would decode it at that size.
    private static func checkFrame(
        _ payload: Bytes, of size: Size, at start: Int, _ limits: ImageDecoder.Limits, _ facts: inout ParsedHeader
    ) throws(GessoError) {
        var reader = WebPChunks(payload, from: 0)
        var chunks = 0
        var position = 0
        while let chunk = reader.next() {
            let tag = chunk.tag
            let isBitstream = tag == FourCC.VP8 || tag == FourCC.VP8L
            if tag == FourCC.ALPH { facts.coding.hasAlphaPlane = true }
            if tag == FourCC.VP8L { facts.coding.isLossless = true }
            guard isBitstream || chunk.offset > 0 || tag == FourCC.ALPH else { break }
            if chunk.body == nil { facts.isTruncated = true }
            if isBitstream {
                let found = try WebPBitstream(
                    tag, payload.suffix(from: chunk.offset + 8), at: start + chunk.offset
                ).size
                guard found == size else {
                    throw .corruptHeader(
                        .webp, "a frame of \(size) has an image of \(found)", at: start + chunk.offset)
                }
                return
            }
            chunks += 1
            guard chunks <= limits.chunkCount else { throw .tooManyChunks(.webp, limits.chunkCount) }
            position = reader.position
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
