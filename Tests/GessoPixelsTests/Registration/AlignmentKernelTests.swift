import CGessoKernels
import Foundation
import Testing

@testable import GessoPixels

@Suite("Registration kernels")
struct AlignmentKernelTests {
    /// Smooth waves with some noise.
    private func image(seed: UInt64) -> [UInt8] {
        var random = SeededRandom(seed: seed)
        return (0..<Self.width * Self.height).map { index in
            let (x, y) = (Double(index % Self.width), Double(index / Self.width))
            let wave = 60 * sin(x * 0.31 + y * 0.1 + Double(seed)) + 50 * sin(y * 0.27 - x * 0.05)
            return UInt8(128 + wave + Double(random.next() % 9))
        }
    }

    private static let (width, height) = (150, 61)

    @Test(
        "Every instruction set gives the sums of the plain formula, and the same bits",
        arguments: SIMDLevel.available, [1.0, 0.985, 1.02])
    func sums(level: SIMDLevel, scale: Double) throws {
        let kernels = try #require(gesso_kernels_for(level.kernelLevel)).pointee
        let plain = try #require(gesso_kernels_for(SIMDLevel.scalar.kernelLevel)).pointee
        let (one, two) = (image(seed: 1), image(seed: 2))
        var random = SeededRandom(seed: 3)
        let keep = one.map { _ in random.next() % 10 == 0 ? UInt8(random.next() % 255) : 255 }
        let motion = gesso_motion_t(shift_x: 2.3, shift_y: -1.4, scale: scale, center_x: 74.5, center_y: 30)
        // At other scales than 1 the columns of a block of eight are approximate, so only whole blocks are compared.
        let (whole, tile, pixel) = (
            gesso_region_t(left: 3, top: 1, right: 147, bottom: 60),
            gesso_region_t(left: 40, top: 9, right: 76, bottom: 45),
            gesso_region_t(left: 3, top: 50, right: 4, bottom: 51)
        )
        for region in scale == 1 ? [whole, tile, pixel] : [whole] {
            let expected = reference(one, two, keep, region, motion)
            var found = gesso_alignment_sums_t()
            var again = gesso_alignment_sums_t()
            one.withUnsafeBufferPointer { one in
                two.withUnsafeBufferPointer { two in
                    func plane(_ pixels: UnsafeBufferPointer<UInt8>) -> gesso_plane_t {
                        gesso_plane_t(
                            pixels: pixels.baseAddress, stride: Self.width, width: Int32(Self.width),
                            height: Int32(Self.height))
                    }
                    var (first, second, area, assumed) = (plane(one), plane(two), region, motion)
                    kernels.alignment_sums(&first, &second, keep, Self.width, &area, &assumed, 1.02, -1, 12, &found)
                    plain.alignment_sums(&first, &second, keep, Self.width, &area, &assumed, 1.02, -1, 12, &again)
                }
            }
            #expect(abs(found.count - expected.count) <= (scale == 1 ? 0 : 200))
            let values = withUnsafeBytes(of: found.matrix) { Array($0.bindMemory(to: Double.self)) }
            #expect(values == withUnsafeBytes(of: again.matrix) { Array($0.bindMemory(to: Double.self)) })
            for row in 0..<5 {
                for column in 0..<5 {
                    let size = (expected.matrix[row][row] * expected.matrix[column][column]).squareRoot()
                    let error = abs(values[row * 5 + column] - expected.matrix[row][column])
                    #expect(error <= (scale == 1 ? 1e-4 : 0.02) * size + 0.001, "\(row), \(column)")
                }
            }
        }
    }

    /// The sums in double precision, pixel by pixel.
    private func reference(
        _ reference: [UInt8], _ moved: [UInt8], _ keep: [UInt8], _ region: gesso_region_t, _ motion: gesso_motion_t
    ) -> (matrix: [[Double]], count: Int64) {
        func value(_ t: Double) -> [Double] {
            [
                -t + 2 * t * t - t * t * t, 2 - 5 * t * t + 3 * t * t * t, t + 4 * t * t - 3 * t * t * t,
                t * t * t - t * t,
            ]
            .map { $0 / 2 }
        }
        func slope(_ t: Double) -> [Double] {
            [-1 + 4 * t - 3 * t * t, 9 * t * t - 10 * t, 1 + 8 * t - 9 * t * t, 3 * t * t - 2 * t].map { $0 / 2 }
        }
        var matrix = [[Double]](repeating: [0, 0, 0, 0, 0], count: 5)
        var count: Int64 = 0
        for y in Int(region.top)..<Int(region.bottom) {
            for x in Int(region.left)..<Int(region.right) where keep[y * Self.width + x] == 255 {
                let u = (Double(x) - motion.center_x) * motion.scale + motion.center_x + motion.shift_x
                let v = (Double(y) - motion.center_y) * motion.scale + motion.center_y + motion.shift_y
                let (column, row) = (Int(u.rounded(.down)), Int(v.rounded(.down)))
                guard column >= 1, column < Self.width - 2, row >= 1, row < Self.height - 2 else { continue }
                let (wx, sx) = (value(u - Double(column)), slope(u - Double(column)))
                let (wy, sy) = (value(v - Double(row)), slope(v - Double(row)))
                var (level, gx, gy) = (0.0, 0.0, 0.0)
                for j in 0..<4 {
                    for i in 0..<4 {
                        let tap = Double(moved[(row - 1 + j) * Self.width + column - 1 + i])
                        level += wx[i] * wy[j] * tap
                        gx += sx[i] * wy[j] * tap
                        gy += wx[i] * sy[j] * tap
                    }
                }
                let own = Double(reference[y * Self.width + x])
                let weight = 12 / max(12, abs(1.02 * own - 1 - level))
                let growth = gx * (Double(x) - motion.center_x) + gy * (Double(y) - motion.center_y)
                let unknowns = [gx, gy, growth, -own, -1]
                for i in 0..<5 {
                    for k in 0..<5 { matrix[i][k] += weight * unknowns[i] * unknowns[k] }
                }
                count += 1
            }
        }
        return (matrix, count)
    }
}
