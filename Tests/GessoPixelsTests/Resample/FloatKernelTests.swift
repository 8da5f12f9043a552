import CGessoKernels
import Testing

@testable import GessoPixels

/// Weighted sums of float samples, each compilation against plain Swift, bit for bit.
@Suite("Float resampling kernels")
struct FloatKernelTests {
    @Test("Rows are added to the sums in their order", arguments: SIMDLevel.available, [1, 2, 7])
    func rows(level: SIMDLevel, taps: Int) throws {
        let kernels = try #require(gesso_kernels_for(level.kernelLevel)).pointee
        var random = SeededRandom(seed: UInt64(taps))
        for count in [0, 1, 31, 32, 33, 64, 100] {
            let rows = (0..<taps).map { _ in (0..<count + 1).map { _ in Float.random(in: -1...2, using: &random) } }
            let weights = (0..<taps).map { _ in Float.random(in: -0.3...1, using: &random) }
            var sums = (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
            let expected = sums.indices.map { index in
                zip(rows, weights).reduce(sums[index]) { $0 + $1.0[index + 1] * $1.1 }
            }
            let flat = rows.flatMap { $0 }
            flat.withUnsafeBufferPointer { flat in
                // Rows at odd addresses: kernels must not require alignment.
                let pointers = (0..<taps).map { row in flat.baseAddress.map { $0 + row * (count + 1) + 1 } }
                kernels.weigh_rows(pointers, weights, taps, count, &sums)
            }
            #expect(sums.map(\.bitPattern) == expected.map(\.bitPattern))
        }
    }

    @Test(
        "Pixels are the sum of their even taps, plus that of their odd ones", arguments: SIMDLevel.available, [1, 3, 4])
    func pixels(level: SIMDLevel, channels: Int) throws {
        let kernels = try #require(gesso_kernels_for(level.kernelLevel)).pointee
        var random = SeededRandom(seed: UInt64(channels))
        let source = (0..<60 * channels + 3).map { _ in Float.random(in: -1...2, using: &random) }
        for count in 0...9 {
            let stride = 8
            let counts = (0..<count).map { _ in Int32.random(in: 1...8, using: &random) }
            let starts = counts.map { Int32.random(in: 0...(60 - $0), using: &random) }
            let weights = (0..<count * stride).map { _ in Float.random(in: -0.3...1, using: &random) }
            var found = [Float](repeating: 0, count: count * channels + 3)
            kernels.weigh_pixels(source, &found, count, Int32(channels), starts, counts, weights, stride)
            let expected: [Float] = (0..<count * channels).map { index in
                let (x, channel) = (index / channels, index % channels)
                var sums: [Float] = [0, 0]
                for tap in 0..<Int(counts[x]) {
                    sums[tap % 2] += source[(Int(starts[x]) + tap) * channels + channel] * weights[x * stride + tap]
                }
                return sums[0] + sums[1]
            }
            #expect(found.prefix(count * channels).map(\.bitPattern) == expected.map(\.bitPattern))
        }
    }
}
