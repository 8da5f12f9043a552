import CGessoKernels
import Testing

@testable import GessoPixels

/// Each instruction set against plain Swift, for every length up to two of the widest vectors and one more, from
/// several alignments. Buffers end where the data ends, so that AddressSanitizer sees any step too far.
@Suite("Row kernels")
struct RowKernelTests {
    static let lengths = Array(0...129)

    private func kernels(_ level: SIMDLevel) throws -> gesso_kernels_t {
        try #require(gesso_kernels_for(level.kernelLevel)).pointee
    }

    private func noise(_ count: Int, _ random: inout SeededRandom) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    /// Runs with `offset` bytes before the input and the output, each exactly as long as given.
    private func output(
        _ input: [UInt8], offset: Int, count: Int, initial: [UInt8]? = nil,
        _ body: (UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>) -> Void
    ) -> [UInt8] {
        let source = UnsafeMutablePointer<UInt8>.allocate(capacity: offset + input.count + (input.isEmpty ? 1 : 0))
        let target = UnsafeMutablePointer<UInt8>.allocate(capacity: offset + count + (count == 0 ? 1 : 0))
        defer {
            source.deallocate()
            target.deallocate()
        }
        (source + offset).initialize(from: input, count: input.count)
        (target + offset).initialize(from: initial ?? [UInt8](repeating: 0, count: count), count: count)
        body(source + offset, target + offset)
        return Array(UnsafeBufferPointer(start: target + offset, count: count))
    }

    @Test("Layout conversions equal the definition", arguments: SIMDLevel.available, [0, 1, 7])
    func layouts(level: SIMDLevel, offset: Int) throws {
        let kernels = try kernels(level)
        var random = SeededRandom(seed: 41)
        for count in Self.lengths {
            let bytes = noise(count * 4, &random)
            let (gray, rgb) = (Array(bytes[..<count]), Array(bytes[..<(3 * count)]))
            let grayToRGB = output(gray, offset: offset, count: 3 * count) { kernels.gray_to_rgb($0, $1, count) }
            #expect((grayToRGB == gray.flatMap { [$0, $0, $0] }) == true)
            let grayToRGBA = output(gray, offset: offset, count: 4 * count) { kernels.gray_to_rgba($0, $1, count, 99) }
            #expect((grayToRGBA == gray.flatMap { [$0, $0, $0, 99] }) == true)
            let rgbToRGBA = output(rgb, offset: offset, count: 4 * count) { kernels.rgb_to_rgba($0, $1, count, 255) }
            let expected: [UInt8] = (0..<4 * count).map { index in index % 4 == 3 ? 255 : rgb[index / 4 * 3 + index % 4]
            }
            #expect((rgbToRGBA == expected) == true)
            let rgbaToRGB = output(bytes, offset: offset, count: 3 * count) { kernels.rgba_to_rgb($0, $1, count) }
            #expect((rgbaToRGB == (0..<3 * count).map { bytes[$0 / 3 * 4 + $0 % 3] }) == true)
        }
    }

    @Test("Flattening and alpha from coverage equal the definition", arguments: SIMDLevel.available, [0, 3])
    func alpha(level: SIMDLevel, offset: Int) throws {
        let kernels = try kernels(level)
        var random = SeededRandom(seed: 42)
        let background: [UInt8] = [0, 113, 255]
        for count in Self.lengths {
            let (rgba, coverage) = (noise(count * 4, &random), noise(count, &random))
            let flat = output(rgba, offset: offset, count: 3 * count) { kernels.flatten($0, $1, count, background) }
            let expected = (0..<3 * count).map { index in
                let (color, alpha) = (Int(rgba[index / 3 * 4 + index % 3]), Int(rgba[index / 3 * 4 + 3]))
                return UInt8((color * alpha + Int(background[index % 3]) * (255 - alpha) + 127) / 255)
            }
            #expect((flat == expected) == true)
            let masked = output(coverage, offset: offset, count: 4 * count, initial: rgba) {
                kernels.alpha_from_coverage($0, $1, count)
            }
            let replaced: [UInt8] = rgba.indices.map { $0 % 4 == 3 ? 255 - coverage[$0 / 4] : rgba[$0] }
            #expect((masked == replaced) == true)
        }
    }

    @Test("The result does not depend on alignment", arguments: SIMDLevel.available)
    func alignments(level: SIMDLevel) throws {
        let (kernels, plain) = (try kernels(level), try kernels(.scalar))
        var random = SeededRandom(seed: 46)
        let (count, background) = (129, [UInt8](arrayLiteral: 7, 99, 250))
        let (rgba, other, coverage) = (
            noise(4 * count, &random), noise(4 * count, &random), noise(count, &random).map { $0 < 100 ? 0 : $0 }
        )
        typealias Rows = (gesso_kernels_t, UnsafePointer<UInt8>, UnsafeMutablePointer<UInt8>) -> Void
        // Lengths are in pixels; the other tests of this suite check the scalar kernels.
        let all: [(name: String, bytes: Int, run: Rows)] = [
            ("gray_to_rgb", 3, { $0.gray_to_rgb($1, $2, count) }),
            ("gray_to_rgba", 4, { $0.gray_to_rgba($1, $2, count, 9) }),
            ("rgb_to_rgba", 4, { $0.rgb_to_rgba($1, $2, count, 255) }),
            ("rgba_to_rgb", 3, { $0.rgba_to_rgb($1, $2, count) }),
            ("flatten", 3, { $0.flatten($1, $2, count, background) }),
            ("alpha_from_coverage", 4, { $0.alpha_from_coverage($1, $2, count) }),
            ("max_into", 4, { $0.max_into($2, $1, 4 * count) }),
            ("difference", 1, { $0.difference($1, other, coverage, count, 4, $2) }),
        ]
        for kernel in all {
            let initial = Array(other[..<(kernel.bytes * count)])
            let expected = output(rgba, offset: 0, count: initial.count, initial: initial) { kernel.run(plain, $0, $1) }
            for offset in 0..<64 {
                let result = output(rgba, offset: offset, count: initial.count, initial: initial) {
                    kernel.run(kernels, $0, $1)
                }
                #expect((result == expected) == true, "\(kernel.name) at \(offset)")
            }
        }
        for offset in 0..<64 {
            _ = output(coverage, offset: offset, count: 0) { source, _ in
                #expect(kernels.count_equal(source, 0, count) == coverage.count { $0 == 0 })
                #expect(kernels.run_length(source, coverage[0], count) == coverage.prefix { $0 == coverage[0] }.count)
            }
            _ = output([UInt8](repeating: 255, count: 4 * count), offset: offset, count: 0) { source, _ in
                #expect(kernels.is_opaque(source, count) != 0)
            }
        }
    }

    @Test("Transposition equals the definition", arguments: SIMDLevel.available, [1, 2, 3, 4, 6, 8])
    func transposing(level: SIMDLevel, bytes: Int) throws {
        let kernels = try kernels(level)
        var random = SeededRandom(seed: 45)
        for (width, height) in [(1, 1), (5, 3), (4, 4), (17, 16), (16, 33), (66, 21), (70, 131)] {
            let source = noise(width * height * bytes, &random)
            for (flipColumns, flipRows) in [(0, 0), (1, 0), (1, 1), (0, 1)] {
                let result = output(source, offset: 1, count: source.count) {
                    kernels.transpose(
                        $0, width * bytes, width, height, bytes, Int32(flipColumns), Int32(flipRows), $1, height * bytes
                    )
                }
                var expected = source
                for y in 0..<height {
                    for x in 0..<width {
                        let column = flipColumns == 1 ? height - 1 - y : y
                        let row = flipRows == 1 ? width - 1 - x : x
                        for byte in 0..<bytes {
                            expected[(row * height + column) * bytes + byte] = source[(y * width + x) * bytes + byte]
                        }
                    }
                }
                #expect((result == expected) == true)
            }
        }
    }

    @Test("Runs and counts equal the definition wherever the run ends", arguments: SIMDLevel.available)
    func runs(level: SIMDLevel) throws {
        let kernels = try kernels(level)
        for count in Self.lengths {
            for end in 0...count {
                var bytes = [UInt8](repeating: 255, count: count)
                if end < count { bytes[end] = 254 }
                _ = output(bytes, offset: 5, count: 0) { source, _ in
                    #expect(kernels.run_length(source, 255, count) == end)
                    #expect(kernels.count_equal(source, 255, count) == (end < count ? count - 1 : count))
                }
            }
        }
    }

    @Test("Maxima equal the definition, also of a row with its own continuation", arguments: SIMDLevel.available)
    func maxima(level: SIMDLevel) throws {
        let kernels = try kernels(level)
        var random = SeededRandom(seed: 43)
        for count in Self.lengths {
            let (one, two) = (noise(count, &random), noise(count, &random))
            let result = output(two, offset: 1, count: count, initial: one) { kernels.max_into($1, $0, count) }
            #expect((result == zip(one, two).map { max($0, $1) }) == true)
            for step in [1, 3, 16, 40] where step <= count {
                let ahead = output([], offset: 2, count: count, initial: one) { _, row in
                    kernels.max_into(row, row + step, count - step)
                }
                let shifted = Array(one[step...]) + [UInt8](repeating: 0, count: step)
                #expect((ahead == zip(one, shifted).map { max($0, $1) }) == true)
            }
        }
    }

    @Test("Largest differences equal the definition", arguments: SIMDLevel.available, [1, 3, 4])
    func differences(level: SIMDLevel, channels: Int) throws {
        let kernels = try kernels(level)
        var random = SeededRandom(seed: 44)
        for count in Self.lengths {
            let (a, b) = (noise(count * channels, &random), noise(count * channels, &random))
            let coverage = noise(count, &random).map { $0 < 100 ? 0 : $0 }
            let result = output(a, offset: 3, count: count) { source, target in
                kernels.difference(source, b, coverage, count, Int32(channels), target)
            }
            let all = zip(a, b).map { max($0, $1) - min($0, $1) }
            let expected: [UInt8] = (0..<count).map { pixel in
                coverage[pixel] == 0 ? all[pixel * channels..<(pixel + 1) * channels].max() ?? 0 : 0
            }
            #expect((result == expected) == true)
        }
    }
}
