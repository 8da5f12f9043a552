import CGessoKernels
import Foundation
import Testing

@testable import GessoPixels

/// Compares each instruction set with plain Swift, and plain Swift with the formula.
@Suite("Blend kernels")
struct BlendKernelTests {
    /// Up to two of the widest vectors and one more.
    static let lengths = Array(0...129)

    @Test("Every instruction set gives the same bits as the reference", arguments: SIMDLevel.available, [0, 1, 2, 7])
    func sets(level: SIMDLevel, offset: Int) throws {
        let kernels = try #require(gesso_kernels_for(level.kernelLevel)).pointee
        var random = SeededRandom(seed: 71)
        for count in Self.lengths {
            // Buffers end where the data ends, so that AddressSanitizer detects reads and writes beyond it.
            let target = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: offset + count)
            let patch = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: offset + count)
            let shares = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: offset + count)
            defer {
                target.deallocate()
                patch.deallocate()
                shares.deallocate()
            }
            for i in 0..<offset + count {
                target[i] = UInt8(truncatingIfNeeded: random.next())
                patch[i] = UInt8(truncatingIfNeeded: random.next())
                shares[i] = [0, 65535, UInt16(truncatingIfNeeded: random.next())][Int(random.next() % 3)]
            }
            var expected = Array(target)
            for i in offset..<offset + count {
                expected[i] = LinearBlendReference.blend(target[i], patch[i], share: shares[i])
            }
            if let own = target.baseAddress, let other = patch.baseAddress, let share = shares.baseAddress {
                kernels.blend_light(own + offset, other + offset, share + offset, count)
            }
            #expect((Array(target) == expected) == true)
        }
    }

    @Test(
        "Every pair of samples is blended as by the reference, at every eighth weight", arguments: SIMDLevel.available)
    func allSamples(level: SIMDLevel) throws {
        let kernels = try #require(gesso_kernels_for(level.kernelLevel)).pointee
        let patch = (0...255).map { UInt8($0) }
        for weight in stride(from: 1, to: 255, by: 8) {
            let shares = [UInt16](repeating: UInt16(weight * 257), count: 256)
            for own in stride(from: 0, through: 255, by: 3) {
                var target = [UInt8](repeating: UInt8(own), count: 256)
                kernels.blend_light(&target, patch, shares, 256)
                let expected = patch.map { LinearBlendReference.blend(UInt8(own), $0, share: shares[0]) }
                #expect((target == expected) == true)
            }
        }
    }

    @Test(
        "The approximated sRGB curve is within 2 units of light and 0.58 levels, and maps every sample back to itself")
    func curve() {
        for sample in 0...255 {
            let light = LinearBlendReference.light(UInt8(sample))
            #expect(abs(Double(light) - SRGBCurve.linear(Double(sample) / 255) * 65535) < 2)
            for error in -2...2 where (0...65535).contains(light + error) {
                #expect(LinearBlendReference.sample(light + error) == UInt8(sample))
            }
        }
        for light in 0...65535 {
            let exact = SRGBCurve.encoded(Double(light) / 65535) * 255
            #expect((abs(Double(LinearBlendReference.sample(light)) - exact) < 0.58) == true)
        }
    }

    @Test("Shares of 0 and 65535, and equal samples, return the input")
    func exact() {
        for one in 0...255 {
            for other in stride(from: 0, through: 255, by: 5) {
                let (own, patch) = (UInt8(one), UInt8(other))
                #expect((LinearBlendReference.blend(own, patch, share: 0) == own) == true)
                #expect((LinearBlendReference.blend(own, patch, share: 65535) == patch) == true)
            }
            for share in stride(from: 0, through: 65535, by: 97) {
                #expect(
                    (LinearBlendReference.blend(UInt8(one), UInt8(one), share: UInt16(share)) == UInt8(one)) == true)
            }
        }
    }
}
