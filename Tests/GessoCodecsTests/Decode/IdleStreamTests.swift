import CDeflateDifferential
import CGessoCodecs
import Foundation
import Testing

/// zlib streams that take input and time but have almost no output.
@Suite(.serialized) struct IdleStreamTests {
    static let kinds = [
        EMPTY_BLOCKS_FIXED, EMPTY_BLOCKS_STORED, EMPTY_BLOCKS_DYNAMIC_SMALL, EMPTY_BLOCKS_DYNAMIC_DEEP,
    ]

    /// Empty blocks, followed by `bytes` in a stored block.
    static func stream(_ kind: differential_blocks, _ count: Int, _ bytes: [UInt8]) -> [UInt8] {
        let blocks = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            written = differential_empty_blocks(kind, buffer.baseAddress, count)
        }
        let stored = PNGBuilder.zlib(bytes)
        return stored.prefix(2) + blocks + stored.dropFirst(2)
    }

    static func file(_ kind: differential_blocks, _ count: Int, pieceLength: Int) -> Data {
        let stream = stream(kind, count, [0, 1, 2, 3])
        let header = PNGBuilder.number(1) + PNGBuilder.number(1) + [8, 2, 0, 0, 0]
        var file = PNGBuilder.signature + PNGBuilder.chunk("IHDR", header)
        for start in stride(from: 0, to: stream.count, by: pieceLength) {
            file += PNGBuilder.chunk("IDAT", Array(stream[start..<min(start + pieceLength, stream.count)]))
        }
        return Data(file + PNGBuilder.chunk("IEND", []))
    }

    /// The CPU time in seconds that `body` takes on this thread; the minimum of three runs.
    static func cpu(_ body: () throws -> Void) rethrows -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        var least = Double.infinity
        for _ in 0..<3 {
            let start = now()
            try body()
            least = min(least, now() - start)
        }
        return least
    }

    /// Decodes with `gesso_png_decode`, or with libpng only.
    static func decode(_ file: Data, byLibpng: Bool, cpuSeconds: Double = 0) -> (gesso_codec_status, [UInt8]) {
        var pixels = [UInt8](repeating: 0, count: 4_096)
        var report = gesso_codec_report()
        var watch = gesso_codec_watch(cpu_nanoseconds: Int64(cpuSeconds * 1e9), is_cancelled: nil)
        pixels.withUnsafeMutableBufferPointer { buffer in
            file.withUnsafeBytes { bytes in
                let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
                var image = gesso_codec_image(
                    pixels: buffer.baseAddress, bytes_per_row: 64, width: 1, height: 1, channels: 3, bits: 8,
                    capacity: buffer.count)
                if byLibpng {
                    gesso_png_decode_by_libpng(start, bytes.count, GESSO_LEVEL_STRICT, &image, &watch, &report)
                } else {
                    gesso_png_decode(start, bytes.count, GESSO_LEVEL_STRICT, &image, &watch, &report)
                }
            }
        }
        return (report.status, Array(pixels[..<3]))
    }

    @Test("take at most three times as long as with libpng", arguments: kinds, [97, 65_536, 4_000_000])
    func costs(kind: differential_blocks, pieceLength: Int) {
        let file = Self.file(kind, 3_000_000, pieceLength: pieceLength)
        let ours = Self.decode(file, byLibpng: false), theirs = Self.decode(file, byLibpng: true)
        #expect(ours.0 == theirs.0 && ours.1 == theirs.1)
        let (mine, peer) = (
            Self.cpu { _ = Self.decode(file, byLibpng: false) }, Self.cpu { _ = Self.decode(file, byLibpng: true) }
        )
        // Debug builds run the C code unoptimized. The constant is for the 128 KiB that the fast decoder reads before
        // it falls back.
        #expect(mine <= 3 * peer + 0.03, "\(mine) s against \(peer) s")
    }

    @Test("end at the CPU limit")
    func limit() {
        let file = Self.file(EMPTY_BLOCKS_DYNAMIC_SMALL, 3_000_000, pieceLength: 65_536)
        let time = Self.cpu { #expect(Self.decode(file, byLibpng: false, cpuSeconds: 0.02).0 == GESSO_CODEC_TOO_SLOW) }
        #expect(time < 0.08)
    }

    @Test("are refused in metadata after a bounded amount of input", arguments: kinds)
    func metadata(kind: differential_blocks) {
        let stream = Self.stream(kind, 3_000_000, [1, 2, 3])
        var (output, report) = (gesso_codec_output(), gesso_codec_report())
        let time = Self.cpu { gesso_zlib_inflate(stream, stream.count, 4 << 20, &output, &report) }
        #expect(report.status == GESSO_CODEC_CORRUPT && output.bytes == nil)
        #expect(time < 0.05)
    }

    @Test(
        "Metadata is inflated up to exactly its limit",
        arguments: [0, 1, 65_535, 65_536, 65_537, 600_000])
    func limits(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
        let stream = PNGBuilder.zlib(bytes)
        for (maximum, status) in [
            (count, GESSO_CODEC_OK), (count + 1, GESSO_CODEC_OK), (count - 1, GESSO_CODEC_LIMIT),
            (4 << 20, GESSO_CODEC_OK),
        ] where maximum >= 0 {
            var (output, report) = (gesso_codec_output(), gesso_codec_report())
            gesso_zlib_inflate(stream, stream.count, maximum, &output, &report)
            defer { gesso_codec_free(output.bytes) }
            #expect(report.status == status, "\(count) bytes, at most \(maximum)")
            let found = Array(UnsafeBufferPointer(start: output.bytes, count: output.count))
            #expect(found == (status == GESSO_CODEC_OK ? bytes : []))
        }
    }

    @Test("A metadata stream truncated anywhere is damaged")
    func truncated() {
        let stream = PNGBuilder.zlib((0..<200).map { UInt8($0) })
        for count in 0..<stream.count {
            var (output, report) = (gesso_codec_output(), gesso_codec_report())
            gesso_zlib_inflate(stream, count, 4 << 20, &output, &report)
            #expect(report.status == GESSO_CODEC_CORRUPT && output.bytes == nil)
        }
    }
}
