import CGessoKernels
import Testing

@testable import GessoPixels

/// Compares each instruction set with the definitions of gesso_kernels.h in plain Swift.
@Suite("Resampling kernels")
struct ResampleKernelTests {
    private func kernels(_ level: SIMDLevel) throws -> gesso_kernels_t {
        try #require(gesso_kernels_for(level.kernelLevel)).pointee
    }

    private func saturated(_ value: Int32) -> Int16 { Int16(clamping: value) }

    @Test("Vertical resampling of bytes equals the definition", arguments: SIMDLevel.available, [2, 4, 6, 26])
    func vertical8(level: SIMDLevel, taps: Int) throws {
        let kernels = try kernels(level)
        var random = SeededRandom(seed: UInt64(taps))
        for samples in [1, 63, 64, 65, 129, 200] {
            let room = (samples + 63) & ~63
            let rows = (0..<taps).map { _ in (0..<room + 7).map { _ in UInt8.random(in: 0...255, using: &random) } }
            let weights = FourRows(pairs: taps / 2, range: -32767...32767, using: &random)
            let expected = (0..<4).map { row in
                (0..<room).map { i in
                    saturated(weights.sum(of: row, from: 256) { Int32(rows[$0][i + 7]) } >> 9)
                }
            }
            // Rows at odd addresses: kernels must not require alignment.
            try withPointers(to: rows, offset: 7) { pointers in
                var plain = [Int16](repeating: 0, count: room * 4)
                weights.withKernelWeights(shift: 9) {
                    kernels.resample_vertical8(pointers, $0, samples, &plain, room, GESSO_ROW_PLAIN)
                }
                #expect(plain == expected.flatMap { $0 })
                var paired = [Int16](repeating: 0, count: room / 8 * 32)
                weights.withKernelWeights(shift: 9) {
                    kernels.resample_vertical8(pointers, $0, samples, &paired, 8, GESSO_ROW_PAIRED)
                }
                #expect((0..<4).map { unpaired(paired, row: $0, count: room) } == expected)
            }
        }
    }

    @Test("Vertical resampling of premultiplied samples equals the definition", arguments: SIMDLevel.available, [2, 8])
    func vertical16(level: SIMDLevel, taps: Int) throws {
        let kernels = try kernels(level)
        var random = SeededRandom(seed: UInt64(taps))
        for samples in [4, 64, 68, 192] {
            let room = (samples + 63) & ~63
            let rows = (0..<taps).map { _ in (0..<room + 3).map { _ in Int16.random(in: 0...32640, using: &random) } }
            let weights = FourRows(pairs: taps / 2, range: -8000...8000, using: &random)
            let expected = (0..<4).map { row in
                (0..<room).map { i in
                    saturated(weights.sum(of: row, from: 1 << 14) { Int32(rows[$0][i + 3]) } >> 15)
                }
            }
            try withPointers(to: rows, offset: 3) { pointers in
                var plain = [Int16](repeating: 0, count: room * 4)
                weights.withKernelWeights(shift: 15) {
                    kernels.resample_vertical16(pointers, $0, samples, &plain, room, GESSO_ROW_PLAIN)
                }
                #expect(plain == expected.flatMap { $0 })
                var paired = [Int16](repeating: 0, count: room / 8 * 32)
                weights.withKernelWeights(shift: 15) {
                    kernels.resample_vertical16(pointers, $0, samples, &paired, 8, GESSO_ROW_PAIRED)
                }
                #expect((0..<4).map { unpaired(paired, row: $0, count: room) } == expected)
            }
        }
    }

    @Test("Horizontal resampling of a strip equals the definition", arguments: SIMDLevel.available)
    func horizontal(level: SIMDLevel) throws {
        let kernels = try kernels(level)
        var random = SeededRandom(seed: 31)
        let strip = (0..<40 * 32).map { _ in Int16.random(in: Int16.min...Int16.max, using: &random) }
        for count in 0...9 {
            let stride = 14
            let counts = (0..<count).map { _ in Int32.random(in: 1...7, using: &random) }
            let starts = counts.map { Int32.random(in: 0...(40 - $0), using: &random) }
            let weights = (0..<count * stride).map { _ in Int16.random(in: -4500...4500, using: &random) }
            var sums = [Int16](repeating: 0, count: count * 16)
            kernels.resample_horizontal(strip, starts, counts, weights, stride, 15, count, &sums)
            let expected: [Int16] = (0..<count * 16).map { index in
                let (x, line) = (index / 16, index % 16)
                var total: Int32 = 0
                for k in 0..<Int(counts[x]) {
                    let (unit, weight) = ((Int(starts[x]) + k) * 32 + 2 * line, x * stride + 2 * k)
                    total &+= Int32(strip[unit]) * Int32(weights[weight])
                    total &+= Int32(strip[unit + 1]) * Int32(weights[weight + 1])
                }
                return saturated(total >> 15)
            }
            #expect(sums == expected)
        }
    }

    @Test("Storing plain rows in strips equals the definition", arguments: SIMDLevel.available)
    func pairing(level: SIMDLevel) throws {
        let kernels = try kernels(level)
        for count in 0...35 {
            let plain = (0..<count * 3).map { Int16($0 + 1) }
            let empty = [Int16](repeating: -7, count: (count + 1) / 2 * 32)
            var (rgb, gray) = (empty, empty)
            kernels.pair_rgb(plain, &rgb, 2, count)
            kernels.pair_gray(plain, &gray, 13, count)
            var (expectedRGB, expectedGray) = (empty, empty)
            for x in 0..<count {
                let unit = x / 2 * 32 + x % 2
                for c in 0..<3 { expectedRGB[unit + 16 + 2 * c] = plain[3 * x + c] }
                expectedRGB[unit + 16 + 6] = 0
                expectedGray[unit + 26] = plain[x]
            }
            #expect(gray == expectedGray)
            // The pixel after the last one of an odd count is undefined.
            if count % 2 == 1 { for c in 0..<4 { rgb[rgb.count - 32 + 16 + 2 * c + 1] = -7 } }
            #expect(rgb == expectedRGB)
        }
    }

    @Test("Converting sums to bytes equals the definition", arguments: SIMDLevel.available)
    func storing(level: SIMDLevel) throws {
        let kernels = try kernels(level)
        var random = SeededRandom(seed: 32)
        func byte(_ sum: Int16) -> UInt8 { UInt8(clamping: (Int(sum) + 32) >> 6) }
        for count in 0...34 {
            let sums = (0..<count * 16).map { _ in Int16.random(in: Int16.min...Int16.max, using: &random) }
            let rgba = stored(4, count * 4) { kernels.store_rgba(sums, $0, count) }
            let rgb = stored(4, count * 3) { kernels.store_rgb(sums, $0, count) }
            let gray = stored(16, count) { kernels.store_gray(sums, $0, count) }
            func expected(_ row: Int, _ channels: Int) -> [UInt8] {
                (0..<count * channels).map { byte(sums[$0 / channels * 16 + row * 4 + $0 % channels]) }
            }
            #expect(rgba == (0..<4).map { expected($0, 4) })
            #expect(rgb == (0..<4).map { expected($0, 3) })
            #expect(gray == (0..<16).map { line in (0..<count).map { byte(sums[$0 * 16 + line]) } })
        }
    }

    @Test(
        "Converting premultiplied sums to straight alpha equals the definition, for every alpha",
        arguments: SIMDLevel.available)
    func straight(level: SIMDLevel) throws {
        let kernels = try kernels(level)
        var random = SeededRandom(seed: 33)
        let alphas =
            Array(Int16(-70)...1200) + Array(stride(from: Int16(1201), to: 32700, by: 7)) + [Int16.min, Int16.max]
        let count = (alphas.count + 3) / 4
        var sums = [Int16](repeating: 0, count: count * 16)
        for (index, alpha) in alphas.enumerated() {
            for c in 0..<3 { sums[index * 4 + c] = Int16.random(in: -500...max(0, alpha), using: &random) }
            sums[index * 4 + 3] = alpha
        }
        let rows = stored(4, count * 4) { kernels.store_straight(sums, $0, count) }
        for index in alphas.indices {
            let pixel = (0..<4).map { Double(rows[index % 4][index / 4 * 4 + $0]) }
            let alpha = min(32640, max(0, Double(sums[index * 4 + 3])))
            let alpha8 = ((alpha + 64) / 128).rounded(.down)
            let colors = (0..<3).map { c in
                let color = min(alpha, max(0, Double(sums[index * 4 + c])))
                return alpha8 == 0 ? 0 : (color * 255 / alpha + 0.5).rounded(.down)
            }
            if pixel != colors + [alpha8] { Issue.record("\(sums[index * 4..<index * 4 + 4]) became \(pixel)") }
        }
    }

    @Test("Premultiplication and the test for transparency equal the definition", arguments: SIMDLevel.available)
    func premultiplying(level: SIMDLevel) throws {
        let kernels = try kernels(level)
        var random = SeededRandom(seed: 34)
        for count in 0...70 {
            for offset in [0, 4] {
                var rgba = (0..<count * 4 + offset).map { _ in UInt8.random(in: 0...255, using: &random) }
                var result = [Int16](repeating: 0, count: count * 4)
                rgba.withUnsafeBufferPointer { buffer in
                    guard let base = buffer.baseAddress else { return }
                    kernels.premultiply16(base + offset, &result, count)
                }
                let expected = (0..<count * 4).map { i in
                    let factor = i % 4 == 3 ? 255 : UInt32(rgba[offset + i / 4 * 4 + 3])
                    return Int16(((UInt32(rgba[offset + i]) * factor + 1) * 32897) >> 16)
                }
                #expect(result == expected)
                for pixel in 0..<count { rgba[offset + 4 * pixel + 3] = 255 }
                #expect(isOpaque(kernels, rgba, offset, count))
                for pixel in 0..<count {
                    rgba[offset + 4 * pixel + 3] = 254
                    #expect(!isOpaque(kernels, rgba, offset, count))
                    rgba[offset + 4 * pixel + 3] = 255
                }
            }
        }
    }

    private func isOpaque(_ kernels: gesso_kernels_t, _ rgba: [UInt8], _ offset: Int, _ count: Int) -> Bool {
        rgba.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return true }
            return kernels.is_opaque(base + offset, count) != 0
        }
    }

    /// Samples of four channels, read from the layout of strips.
    private func unpaired(_ paired: [Int16], row: Int, count: Int) -> [Int16] {
        (0..<count).map { index in
            let (pixel, channel) = (index / 4, index % 4)
            return paired[pixel / 2 * 32 + row * 8 + channel * 2 + pixel % 2]
        }
    }

    private func withPointers<Sample>(
        to rows: [[Sample]], offset: Int, _ body: ([UnsafePointer<Sample>?]) throws -> Void
    ) throws {
        func open(_ index: Int, _ pointers: [UnsafePointer<Sample>?]) throws {
            guard index < rows.count else { return try body(pointers) }
            try rows[index].withUnsafeBufferPointer { buffer in
                try open(index + 1, pointers + [buffer.baseAddress.map { $0 + offset }])
            }
        }
        try open(0, [])
    }

    private func stored(
        _ rows: Int, _ bytes: Int, _ body: ([UnsafeMutablePointer<UInt8>?]) -> Void
    ) -> [[UInt8]] {
        // Exactly as long as the rows, so that AddressSanitizer detects writes beyond the end.
        let pointers = (0..<rows).map { _ in UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, bytes)) }
        defer { for pointer in pointers { pointer.deallocate() } }
        for pointer in pointers { pointer.initialize(repeating: 0, count: max(1, bytes)) }
        body(pointers.map { $0 })
        return pointers.map { Array(UnsafeBufferPointer(start: $0, count: bytes)) }
    }
}

/// Random weights of four output rows, some without weight in some pairs.
private struct FourRows {
    private var weights: [Int16]
    private var uses: [UInt8]

    init(pairs: Int, range: ClosedRange<Int16>, using random: inout SeededRandom) {
        weights = (0..<pairs * 8).map { _ in Int16.random(in: range, using: &random) }
        uses = (0..<pairs).map { _ in UInt8.random(in: 0..<16, using: &random) }
        for index in weights.indices where uses[index / 8] >> UInt8(index % 8 / 2) & 1 == 0 { weights[index] = 0 }
    }

    func sum(of row: Int, from start: Int32, _ sample: (Int) -> Int32) -> Int32 {
        (0..<uses.count * 2).reduce(start) { $0 &+ sample($1) &* Int32(weights[$1 / 2 * 8 + row * 2 + $1 % 2]) }
    }

    func withKernelWeights(shift: Int32, _ body: (UnsafePointer<gesso_row_weights_t>) -> Void) {
        weights.withUnsafeBufferPointer { weights in
            uses.withUnsafeBufferPointer { uses in
                var all = gesso_row_weights_t(
                    pairs: uses.count, weights: weights.baseAddress, uses: uses.baseAddress, shift: shift)
                body(&all)
            }
        }
    }
}
