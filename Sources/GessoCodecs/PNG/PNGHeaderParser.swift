import CGessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Reads the header of a PNG, and the metadata chunks before and after the pixels (PNG 3rd edition, 5 and 11).
enum PNGHeaderParser {
    static func read(_ bytes: Bytes, limits: ImageDecoder.Limits) throws(GessoError) -> ParsedHeader {
        var facts = ParsedHeader(format: .png)
        guard bytes.code(12) == FourCC.IHDR, bytes.uint32(8) == 13 else {
            if bytes.count < 16 { throw .truncatedHeader(.png, at: bytes.count) }
            throw .corruptHeader(.png, "it does not begin with IHDR", at: 8)
        }
        guard bytes.has(8, 25) else { throw .truncatedHeader(.png, at: bytes.count) }
        try readHeader(bytes, &facts)
        try readChunks(bytes, limits, &facts)
        return facts
    }

    private static func readHeader(_ bytes: Bytes, _ facts: inout ParsedHeader) throws(GessoError) {
        guard let width = bytes.uint32(16), let height = bytes.uint32(20), let depth = bytes.uint8(24),
            let color = bytes.uint8(25), bytes.uint8(26) == 0, bytes.uint8(27) == 0, let interlace = bytes.uint8(28)
        else { throw .corruptHeader(.png, "unknown compression or filter method", at: 26) }
        facts.size = Size(width: width, height: height)
        facts.bitsPerChannel = Int(depth)
        guard interlace <= 1 else { throw .corruptHeader(.png, "unknown interlace method \(interlace)", at: 28) }
        facts.isProgressive = interlace == 1
        let depths: Set<UInt8>
        switch color {
        case 0: (facts.colorModel, facts.channels, depths) = (.gray, 1, [1, 2, 4, 8, 16])
        case 2: (facts.colorModel, facts.channels, depths) = (.rgb, 3, [8, 16])
        case 3: (facts.colorModel, facts.channels, depths) = (.palette, 1, [1, 2, 4, 8])
        case 4: (facts.colorModel, facts.channels, facts.hasAlpha, depths) = (.gray, 2, true, [8, 16])
        case 6: (facts.colorModel, facts.channels, facts.hasAlpha, depths) = (.rgb, 4, true, [8, 16])
        default: throw .corruptHeader(.png, "unknown color type \(color)", at: 25)
        }
        guard depths.contains(depth) else {
            throw .corruptHeader(.png, "color type \(color) cannot have \(depth) bits", at: 24)
        }
    }

    private static func readChunks(
        _ bytes: Bytes, _ limits: ImageDecoder.Limits, _ facts: inout ParsedHeader
    ) throws(GessoError) {
        var reader = PNGChunks(bytes, from: PNGChunks.headerLength)
        var (chunks, imageChunks) = (1, 0)
        var sawPixels = false
        var color = PNGColor()
        while let chunk = reader.next() {
            let type = chunk.type
            guard chunk.length <= 0x7fff_ffff else {
                throw .corruptHeader(.png, "impossible chunk length", at: chunk.offset)
            }
            if type == FourCC.IEND {
                color.finish(&facts)
                return
            }
            if type == FourCC.IDAT { sawPixels = true }
            guard let body = chunk.body else {
                if sawPixels { break }
                throw .truncatedHeader(.png, at: bytes.count)
            }
            if type == FourCC.IDAT || type == FourCC.fdAT || type == FourCC.fcTL {
                imageChunks += 1
                guard imageChunks <= limits.imageChunkCount else { throw .tooManyChunks(.png, limits.imageChunkCount) }
                if type == FourCC.fcTL, !sawPixels { try checkFrame(body, at: chunk.offset, facts.size) }
            } else {
                chunks += 1
                guard chunks <= limits.chunkCount else { throw .tooManyChunks(.png, limits.chunkCount) }
                // Decoders ignore color chunks whose checksum is wrong.
                if !sawPixels, PNGColor.types.contains(type), !chunk.isIntact {
                    if type == FourCC.iCCP {
                        facts.metadata.insert(.icc)
                        facts.profileProblem = .brokenProfile("the checksum of its PNG chunk is wrong")
                    }
                    continue
                }
                if !sawPixels { color.take(type, body) }
                try take(type, body, at: chunk.offset, before: !sawPixels, limits, &facts)
            }
        }
        guard sawPixels else { throw .truncatedHeader(.png, at: bytes.count) }
        color.finish(&facts)
        facts.isTruncated = true
    }

    /// Throws `corrupt` if a frame control chunk before the pixels, which makes them the first frame, states another size
    /// than the image's (PNG 3rd edition, 11.3.6.2).
    private static func checkFrame(_ body: Bytes, at position: Int, _ size: Size) throws(GessoError) {
        guard let width = body.uint32(4), let height = body.uint32(8), let x = body.uint32(12), let y = body.uint32(16),
            width != size.width || height != size.height || x != 0 || y != 0
        else { return }
        let frame = Rect(x: x, y: y, width: width, height: height)
        throw .corruptHeader(.png, "the first frame is \(frame) and the image is \(size)", at: position)
    }

    private static func take(
        _ type: UInt32, _ body: Bytes, at position: Int, before isBeforePixels: Bool, _ limits: ImageDecoder.Limits,
        _ facts: inout ParsedHeader
    ) throws(GessoError) {
        switch type {
        case FourCC.tRNS where isBeforePixels: facts.hasAlpha = true
        case FourCC.iCCP where isBeforePixels && !facts.metadata.contains(.icc):
            try takeProfile(body, at: position, limits, &facts)
        case FourCC.acTL where isBeforePixels: facts.frameCount = max(1, body.uint32(0) ?? 1)
        // Browsers ignore the orientation in a chunk after the pixels.
        case FourCC.eXIf: facts.take(exif: body, isOrienting: isBeforePixels)
        case FourCC.caBX: facts.take(manifest: body, limits)
        case FourCC.iTXt where body.matches("XML:com.adobe.xmp\0", at: 0): takeXMP(body, &facts)
        case FourCC.tEXt, FourCC.zTXt, FourCC.iTXt: try PNGText.take(type, body, limits, &facts)
        default: break
        }
    }

    /// Reads an XMP packet from an iTXt chunk: keyword, zero byte, compression flag, compression method 0, language tag
    /// and translated keyword (each ends with a zero byte), text (PNG 3rd edition, 11.3.3.4).
    private static func takeXMP(_ body: Bytes, _ facts: inout ParsedHeader) {
        facts.metadata.insert(.xmp)
        let isDeflated = body.uint8(18) == 1
        var start = 20
        for _ in 0..<2 {
            guard let zero = body.suffix(from: start).buffer.prefix(256).firstIndex(of: 0) else { return }
            start += zero + 1
        }
        facts.take(xmp: XMPBlock(bytes: body.suffix(from: start), isDeflated: isDeflated))
    }

    /// Reads a color profile from an iCCP chunk: name of 1 to 79 bytes, zero byte, compression method 0, zlib stream (PNG
    /// 3rd edition, 11.3.2.3).
    private static func takeProfile(
        _ body: Bytes, at position: Int, _ limits: ImageDecoder.Limits, _ facts: inout ParsedHeader
    ) throws(GessoError) {
        facts.metadata.insert(.icc)
        guard let end = body.buffer.prefix(80).firstIndex(of: 0), end >= 1, body.uint8(end + 1) == 0 else {
            facts.profileProblem = .brokenProfile("its PNG chunk at byte \(position) is malformed")
            return
        }
        let stream = body.suffix(from: end + 2)
        do throws(GessoError) {
            let inflated = try Inflate.zlib(stream, maximum: limits.profileByteCount)
            inflated.withBytes { facts.take(profile: $0) }
        } catch {
            if error.code == .limitExceeded || error.code == .outOfMemory { throw error }
            facts.profileProblem = .brokenProfile("its zlib stream at byte \(position) is damaged")
        }
    }
}

/// Inflates the zlib streams of metadata chunks, up to a limit.
enum Inflate {
    /// The inflated content of `stream`. Throws `limitExceeded` if it has more than `maximum` bytes, and `corrupt` if the
    /// stream is damaged.
    static func zlib(_ stream: Bytes, maximum: Int) throws(GessoError) -> Data {
        // A stream need not be longer than one of stored blocks (RFC 1951, 3.2.4). Longer ones may consist of empty
        // blocks, which cost time and give nothing.
        guard stream.count - maximum / 1024 - 64 <= maximum else { throw .profileTooLong(maximum) }
        var output = gesso_codec_output()
        var report = gesso_codec_report()
        gesso_zlib_inflate(stream.start, stream.count, maximum, &output, &report)
        if report.status == GESSO_CODEC_LIMIT { throw .profileTooLong(maximum) }
        try report.check(stage: "probe", format: .png)
        return Data(taking: output)
    }
}
