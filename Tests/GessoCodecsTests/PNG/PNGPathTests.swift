import CGessoCodecs
import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// Tests which files the fast decoder (CGessoDeflate and our unfilter kernels) accepts, and that its results equal
/// libpng's.
@Suite struct PNGPathTests {
    static let common = ["gray8", "rgb8", "palette8", "palette8_key", "grayalpha8", "rgba8", "rgba8_1x1"]

    /// The image decoded by the fast decoder only; nil if it leaves the file to libpng.
    static func fast(_ data: Data, _ format: Bitmap.Format) throws -> Bitmap? {
        let header = try ImageHeader(probing: data)
        var bitmap = try Bitmap(size: header.size, format: format)
        let stride = bitmap.bytesPerRow
        let room = stride * header.size.height
        let spare = gesso_png_spare(header.size.width * header.channels, stride, header.size.height)
        var memory = [UInt8](repeating: 0xEE, count: room + spare)
        let done = memory.withUnsafeMutableBufferPointer { buffer in
            data.withUnsafeBytes { file in
                var image = gesso_codec_image(
                    pixels: buffer.baseAddress, bytes_per_row: stride, width: UInt32(header.size.width),
                    height: UInt32(header.size.height), channels: Int32(format.channels), bits: 8,
                    capacity: room + spare)
                return gesso_png_decode_fast(
                    file.baseAddress?.assumingMemoryBound(to: UInt8.self), file.count, &image, nil)
            }
        }
        guard done == 1 else { return nil }
        try bitmap.withMutableBytes { bytes throws(GessoError) in
            bytes.withUnsafeMutableBytes { $0.copyBytes(from: memory.prefix(room)) }
        }
        return bitmap
    }

    @Test("Common kinds of PNG are decoded by the fast decoder", arguments: common)
    func taken(name: String) throws {
        let expected = try Fixture.pixels("\(name).pam")
        #expect(try Self.fast(try Fixture.data("\(name).png"), expected.format) == expected)
    }

    @Test(
        "Rare kinds of PNG are decoded by libpng", arguments: ["gray1", "rgb16", "rgb8_adam7", "rgb8_key", "palette4"])
    func left(name: String) throws {
        let expected = try Fixture.pixels("\(name).pam")
        #expect(try Self.fast(try Fixture.data("\(name).png"), expected.format) == nil)
    }

    /// The file with its pixel data in chunks of `length` bytes.
    static func split(_ file: Data, _ length: Int) -> Data {
        let bytes = [UInt8](file)
        var (out, stream, position) = (Array(bytes[..<8]), [UInt8](), 8)
        while position + 12 <= bytes.count {
            let count = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            let type = String(decoding: bytes[position + 4..<position + 8], as: UTF8.self)
            if type == "IDAT" {
                stream += bytes[position + 8..<position + 8 + count]
            } else {
                if type == "IEND" {
                    for start in Swift.stride(from: 0, to: stream.count, by: length) {
                        out += PNGBuilder.chunk("IDAT", Array(stream[start..<min(start + length, stream.count)]))
                    }
                }
                out += bytes[position..<position + 12 + count]
            }
            position += 12 + count
        }
        return Data(out)
    }

    @Test("Pixel data may be divided into chunks anywhere", arguments: common)
    func splits(name: String) throws {
        let file = try Fixture.data("\(name).png")
        let expected = try Fixture.pixels("\(name).pam")
        for length in Array(1...20) + Array(60...100) + [127, 128, 129, 500, 1000, 3000] {
            let cut = Self.split(file, length)
            #expect(try ImageDecoder.decode(cut).bitmap == expected, "chunks of \(length)")
            #expect(try Self.fast(cut, expected.format) == expected, "chunks of \(length)")
        }
    }

    @Test("Empty chunks may be anywhere in the pixel data", arguments: common)
    func emptyChunks(name: String) throws {
        let file = try Fixture.data("\(name).png")
        let expected = try Fixture.pixels("\(name).pam")
        for length in [97, 1 << 20] {
            let bytes = [UInt8](Self.split(file, length))
            for piece in PNGBuilder.pieces(bytes) where bytes[piece.lowerBound + 4] == UInt8(ascii: "I") {
                let isPixels = bytes[(piece.lowerBound + 4)..<(piece.lowerBound + 8)].elementsEqual("IDAT".utf8)
                for place in isPixels ? [piece.lowerBound, piece.upperBound] : [] {
                    for empties in 1...2 {
                        var cut = bytes
                        for _ in 0..<empties { cut.insert(contentsOf: PNGBuilder.chunk("IDAT", []), at: place) }
                        #expect(
                            try Self.fast(Data(cut), expected.format) == expected,
                            "pieces of \(length), empty at \(place)")
                        #expect(try ImageDecoder.decode(Data(cut)).bitmap == expected)
                    }
                }
            }
        }
    }

    /// Rows of a given entropy, filtered with None.
    static func rows(_ kind: Int, _ count: Int) -> [UInt8] {
        var noise = Noise(seed: UInt64(kind + count))
        return (0..<count).flatMap { y -> [UInt8] in
            let row: [UInt8] = (0..<300).map { x in
                switch kind {
                case 0: 0
                case 1: UInt8(noise.below(256))
                case 2: UInt8(noise.below(3))
                case 3: UInt8((x * y) & 7)
                case 4: UInt8(noise.below(noise.below(60) + 1))
                case 5: UInt8([1, 2, 3, 4, 5, 6, 7][x % (1 + y % 7)])
                default: UInt8(truncatingIfNeeded: x / 3 + y)
                }
            }
            return [0] + row
        }
    }

    @Test("Streams of every entropy, compressed by every effort and stored, inflate to their content", arguments: 0...6)
    func entropies(kind: Int) throws {
        for height in [1, 3, 40, 150] {
            let rows = Self.rows(kind, height)
            let expected = rows.enumerated().filter { $0.offset % 301 != 0 }.map { UInt16($0.element) }
            let stored = PNGBuilder.file(width: 100, height: height, color: 2, rows: rows)
            #expect(try Self.fast(stored, .rgb8)?.samples == expected)
            let bitmap = try Bitmap.of(Size(width: 100, height: height), .rgb8) { expected[$0] }
            for effort in ImageEncoding.PNGEffort.allCases {
                let file = try ImageEncoder.encode(bitmap, as: .png(effort: effort)).data
                for length in [64, 997, 1 << 20] {
                    #expect(try Self.fast(Self.split(file, length), .rgb8)?.samples == expected)
                }
            }
        }
    }

    @Test("More or fewer rows than stated, and a wrong checksum, are left to libpng")
    func wrongLengths() throws {
        let rows = Self.rows(2, 10)
        for count in [9 * 301, 10 * 301 - 1, 10 * 301 + 1] {
            let stream = Array((rows + rows).prefix(count))
            let file = PNGBuilder.file(width: 100, height: 10, color: 2, rows: stream)
            #expect(try Self.fast(file, .rgb8) == nil)
        }
        var stream = PNGBuilder.zlib(rows)
        stream[stream.count - 1] ^= 1
        let header = PNGBuilder.chunk("IHDR", PNGBuilder.number(100) + PNGBuilder.number(10) + [8, 2, 0, 0, 0])
        let file = PNGBuilder.signature + header + PNGBuilder.chunk("IDAT", stream) + PNGBuilder.chunk("IEND", [])
        #expect(try Self.fast(Data(file), .rgb8) == nil)
        let error = #expect(throws: GessoError.self) { try ImageDecoder.decode(Data(file)) }
        #expect(error?.code == .corrupt)
    }
}
