import CGessoKernels
import Testing

@testable import GessoPixels

/// Kernels of plain vector code, each compilation against plain Swift, for every length up to two vectors and one more.
@Suite("Tone and luminance kernels")
struct ToneKernelTests {
    @Test("Applying tone corrections equals the definition", arguments: SIMDLevel.available, [0, 1, 5])
    func tone(level: SIMDLevel, offset: Int) throws {
        let kernels = try #require(gesso_kernels_for(level.kernelLevel)).pointee
        var random = SeededRandom(seed: 81)
        for count in 0...65 {
            let row = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: offset + count)
            defer { row.deallocate() }
            for i in row.indices { row[i] = UInt8(truncatingIfNeeded: random.next()) }
            func noise(_ range: ClosedRange<Float>) -> [Float] {
                (0..<count).map { _ in Float.random(in: range, using: &random) }
            }
            let (gain, upper, lower) = (noise(0.7...1.4), noise(-60...60), noise(-60...60))
            let share = Float.random(in: 0...1, using: &random)
            var expected = Array(row)
            for i in 0..<count {
                let value = Float(row[offset + i]) * gain[i] + upper[i] + (lower[i] - upper[i]) * share + 0.5
                expected[offset + i] = value >= 255 ? 255 : value > 0 ? UInt8(value) : 0
            }
            if let start = row.baseAddress { kernels.tone_apply(start + offset, count, gain, upper, lower, share) }
            #expect((Array(row) == expected) == true)
        }
    }

    @Test("Luminance equals the definition", arguments: SIMDLevel.available)
    func luminance(level: SIMDLevel) throws {
        let kernels = try #require(gesso_kernels_for(level.kernelLevel)).pointee
        var random = SeededRandom(seed: 82)
        for count in 0...65 {
            let pixels = (0..<4 * count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            var found = [UInt8](repeating: 0, count: count)
            kernels.luminance(pixels, &found, count)
            let expected: [UInt8] = (0..<count).map { pixel in
                var sum: Int = 128
                for (channel, weight) in [54, 183, 19].enumerated() { sum += Int(pixels[4 * pixel + channel]) * weight }
                return UInt8(sum >> 8)
            }
            #expect((found == expected) == true)
        }
    }

    @Test("The structure tensor is the sum of products of central differences", arguments: SIMDLevel.available)
    func structureTensor(level: SIMDLevel) throws {
        let kernels = try #require(gesso_kernels_for(level.kernelLevel)).pointee
        var random = SeededRandom(seed: 83)
        let (width, height) = (61, 40)
        let pixels = (0..<width * height).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        var keep = [UInt8](repeating: 255, count: width * height)
        var region = gesso_region_t(left: 3, top: 2, right: 50, bottom: 39)
        var (xx, xy, yy): (Int64, Int64, Int64) = (0, 0, 0)
        for y in stride(from: 2, to: 39, by: 2) {
            for x in 3..<50 {
                let gx = Int64(pixels[y * width + x + 1]) - Int64(pixels[y * width + x - 1])
                let gy = Int64(pixels[(y + 1) * width + x]) - Int64(pixels[(y - 1) * width + x])
                (xx, xy, yy) = (xx + gx * gx, xy + gx * gy, yy + gy * gy)
            }
        }
        pixels.withUnsafeBufferPointer { pixels in
            var plane = gesso_plane_t(
                pixels: pixels.baseAddress, stride: width, width: Int32(width), height: Int32(height))
            var tensor: [Int64] = [0, 0, 0]
            #expect(kernels.structure_tensor(&plane, keep, width, &region, &tensor) == 1)
            #expect(tensor == [xx, xy, yy])
            keep[20 * width + 30] = 254
            #expect(kernels.structure_tensor(&plane, keep, width, &region, &tensor) == 0)
        }
    }
}
