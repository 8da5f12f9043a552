import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The properties of a GIF's first frame, except its position.
struct GIFFrame {
    var isInterlaced: Bool
    var transparentIndex: Int?
    /// The range in the file of the palette in use, local or global; empty if there is none.
    var palette: Range<Int>
}

/// Reads the blocks of a GIF (GIF89a, 15 to 27); of the frames after the first only their number.
enum GIFHeaderParser {
    /// The limit on sub-blocks of less than 64 bytes. Each sub-block is one step of the reader; encoders fill all but
    /// the last of a frame with 255 bytes.
    private static let mostShortBlocks = 1 << 20

    static func read(_ bytes: Bytes, limits: ImageDecoder.Limits) throws(GessoError) -> ParsedHeader {
        guard let width = bytes.uint16(6, littleEndian: true), let height = bytes.uint16(8, littleEndian: true),
            let flags = bytes.uint8(10), bytes.has(0, 13)
        else { throw .truncatedHeader(.gif, at: bytes.count) }
        var facts = ParsedHeader(format: .gif)
        facts.size = Size(width: width, height: height)
        facts.colorModel = .palette
        facts.channels = 1
        // The canvas is transparent outside the frames.
        facts.hasAlpha = true
        facts.frameCount = 0
        let palette = paletteRange(flags, at: 13)
        try readBlocks(bytes, from: palette.upperBound, palette, limits, &facts)
        facts.frameCount = max(1, facts.frameCount)
        return facts
    }

    /// The range of a palette: three bytes per color, 2 to 256 colors; empty if the flags say that there is none.
    static func paletteRange(_ flags: UInt8, at position: Int) -> Range<Int> {
        position..<position + (flags & 0x80 == 0 ? 0 : 3 << (Int(flags & 7) + 1))
    }

    private static func readBlocks(
        _ bytes: Bytes, from start: Int, _ palette: Range<Int>, _ limits: ImageDecoder.Limits,
        _ facts: inout ParsedHeader
    ) throws(GessoError) {
        var position = start
        // Frames and their control extensions are counted separately from the other extensions.
        var (pieces, extensions, shortBlocks) = (0, 0, 0)
        var transparentIndex: Int?
        while let introducer = bytes.uint8(position) {
            switch introducer {
            case 0x3B: return
            case 0x21:
                let label = bytes.uint8(position + 1)
                if label == 0xF9 { pieces += 1 } else { extensions += 1 }
                guard pieces <= limits.imageChunkCount, extensions <= limits.chunkCount else {
                    throw .tooManyChunks(.gif, limits.chunkCount)
                }
                switch label {
                case 0xF9 where facts.frameCount == 0:
                    guard let flags = bytes.uint8(position + 3), let index = bytes.uint8(position + 6) else { break }
                    transparentIndex = flags & 1 == 1 ? Int(index) : nil
                case 0xFE: facts.take(comment: comment(bytes, at: position + 2))
                default: break
                }
                let end = try endOfBlocks(bytes, position + 2, &shortBlocks)
                // The packet is not divided into sub-blocks; a trailer of 258 bytes ends it for other readers.
                if label == 0xFF, bytes.matches("XMP DataXMP", at: position + 3),
                    let packet = bytes.slice(position + 14, max(0, end - 258 - position - 14))
                {
                    facts.take(xmp: XMPBlock(bytes: packet))
                }
                position = end
            case 0x2C:
                guard let flags = bytes.uint8(position + 9) else {
                    facts.isTruncated = true
                    return
                }
                let local = paletteRange(flags, at: position + 10)
                let end = try endOfBlocks(bytes, local.upperBound + 1, &shortBlocks)
                facts.frameCount += 1
                guard facts.frameCount <= limits.imageChunkCount else { throw .tooManyChunks(.gif, limits.chunkCount) }
                if facts.frameCount == 1 {
                    let frame = GIFFrame(
                        isInterlaced: flags & 0x40 != 0, transparentIndex: transparentIndex,
                        palette: local.isEmpty ? palette : local)
                    takeFrame(frame, bytes, at: position, data: local.upperBound..<max(end, local.upperBound), &facts)
                }
                position = end
            default:
                // Unknown bytes between blocks: what follows cannot be parsed.
                facts.isTruncated = true
                return
            }
        }
        facts.isTruncated = true
    }

    /// The text of a comment's sub-blocks, up to 64 KiB.
    private static func comment(_ bytes: Bytes, at start: Int) -> Data {
        var text = Data()
        var position = start
        while let length = bytes.uint8(position), length > 0, text.count < 1 << 16 - 256,
            let block = bytes.slice(position + 1, Int(length))
        {
            text.append(contentsOf: block.buffer)
            position += 1 + Int(length)
        }
        return text
    }

    private static func takeFrame(
        _ frame: GIFFrame, _ bytes: Bytes, at position: Int, data: Range<Int>, _ facts: inout ParsedHeader
    ) {
        guard let x = bytes.uint16(position + 1, littleEndian: true),
            let y = bytes.uint16(position + 3, littleEndian: true),
            let width = bytes.uint16(position + 5, littleEndian: true),
            let height = bytes.uint16(position + 7, littleEndian: true)
        else { return }
        let rect = Rect(x: x, y: y, width: width, height: height)
        // Some encoders state a canvas smaller than the first frame, or an empty one.
        facts.size = Size(width: max(facts.size.width, rect.maxX), height: max(facts.size.height, rect.maxY))
        facts.frameRect = rect
        facts.gifFrame = frame
        facts.framePayload = data.clamped(to: 0..<bytes.count)
        facts.isProgressive = frame.isInterlaced
        facts.hasAlpha = frame.transparentIndex != nil || rect != Rect(facts.size)
    }

    /// The same without a limit on their number: for a file that `read` accepted, or where reading it once is the cost.
    static func endOfBlocks(_ bytes: Bytes, _ start: Int) -> Int {
        var position = start
        while let length = bytes.uint8(position) {
            position += 1 + Int(length)
            if length == 0 { return position }
        }
        return bytes.count + 1
    }

    /// The offset after the empty sub-block that ends a list of sub-blocks; past the end of the file if there is none.
    private static func endOfBlocks(
        _ bytes: Bytes, _ start: Int, _ shortBlocks: inout Int
    ) throws(GessoError) -> Int {
        var position = start
        while let length = bytes.uint8(position) {
            position += 1 + Int(length)
            if length == 0 { return position }
            if length < 64 {
                shortBlocks += 1
                guard shortBlocks <= mostShortBlocks else { throw .tooManyChunks(.gif, mostShortBlocks) }
            }
        }
        return bytes.count + 1
    }
}
