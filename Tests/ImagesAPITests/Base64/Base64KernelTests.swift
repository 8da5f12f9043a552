import CGessoKernels
import Foundation
import Testing

/// Every instruction set this machine has, against Swift written to be obviously right.
@Suite("Base64 kernels")
struct Base64KernelTests {
    static let levels = (0..<UInt32(GESSO_SIMD_LEVEL_COUNT)).map { gesso_simd_level_t($0) }
        .filter { gesso_simd_supports($0) != 0 }
    static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Whole groups up to the first that is not base64: how many characters, and what they stand for.
    static func referenceDecode(_ text: [UInt8]) -> (Int, [UInt8]) {
        var bytes: [UInt8] = []
        var used = 0
        while used + 4 <= text.count {
            let values = text[used..<used + 4].map { alphabet.firstIndex(of: $0) }
            guard !values.contains(nil) else { break }
            let bits = values.reduce(0) { $0 << 6 | ($1 ?? 0) }
            bytes += [UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
            used += 4
        }
        return (used, bytes)
    }

    static func referenceEncode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = Array(bytes[start..<min(start + 3, bytes.count)])
            let bits = (0..<3).reduce(0) { $0 << 8 | ($1 < group.count ? Int(group[$1]) : 0) }
            for place in 0..<4 {
                text.append(place > group.count ? UInt8(ascii: "=") : alphabet[bits >> (18 - 6 * place) & 63])
            }
        }
        return text
    }

    /// Runs a kernel between guard bytes, at some misalignment of both buffers.
    static func run(
        _ input: [UInt8], capacity: Int, shift: Int,
        _ kernel: (UnsafePointer<UInt8>, Int, UnsafeMutablePointer<UInt8>) -> Int
    ) -> (result: Int, output: [UInt8], intact: Bool) {
        let source = UnsafeMutablePointer<UInt8>.allocate(capacity: input.count + shift + 1)
        let target = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity + shift + 128)
        defer {
            source.deallocate()
            target.deallocate()
        }
        for (index, byte) in input.enumerated() { source[shift + index] = byte }
        for index in 0..<capacity + shift + 128 { target[index] = 0xA5 }
        let result = kernel(source + shift, input.count, target + shift)
        let before = (0..<shift).allSatisfy { target[$0] == 0xA5 }
        let after = (0..<128).allSatisfy { target[shift + capacity + $0] == 0xA5 }
        return (result, (0..<capacity).map { target[shift + $0] }, before && after)
    }

    @Test("Decoding equals the reference for every length up to two rounds and every alignment", arguments: levels)
    func decode(level: gesso_simd_level_t) {
        var generator = SplitMix(seed: 5)
        for length in 0...600 {
            let text = (0..<length).map { _ in Self.alphabet[Int.random(in: 0..<64, using: &generator)] }
            let (used, bytes) = Self.referenceDecode(text)
            let outcome = Self.run(text, capacity: length / 4 * 3, shift: length % 64) {
                gesso_base64_decode_groups_at(level, $0, $1, $2)
            }
            #expect(outcome.intact && outcome.result == used && outcome.output == bytes, "\(length)")
        }
    }

    @Test("A byte outside the alphabet stops decoding at its group, at any position", arguments: levels)
    func decodeStops(level: gesso_simd_level_t) {
        var generator = SplitMix(seed: 6)
        let text = (0..<560).map { _ in Self.alphabet[Int.random(in: 0..<64, using: &generator)] }
        let strangers = (0...255).map { UInt8($0) }.filter { !Self.alphabet.contains($0) }
        for place in 0..<text.count {
            var broken = text
            broken[place] = strangers[place % strangers.count]
            let outcome = Self.run(broken, capacity: 420, shift: 0) { gesso_base64_decode_groups_at(level, $0, $1, $2) }
            #expect(outcome.intact && outcome.result == place / 4 * 4, "\(place)")
        }
        for stranger in strangers {
            var broken = text
            broken[300] = stranger
            let outcome = Self.run(broken, capacity: 420, shift: 0) { gesso_base64_decode_groups_at(level, $0, $1, $2) }
            #expect(outcome.result == 300, "\(stranger)")
        }
    }

    @Test("Encoding equals the reference for every length up to two rounds and every alignment", arguments: levels)
    func encode(level: gesso_simd_level_t) {
        var generator = SplitMix(seed: 7)
        for length in 0...300 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let text = Self.referenceEncode(bytes)
            let outcome = Self.run(bytes, capacity: text.count, shift: length % 64) {
                gesso_base64_encode_at(level, $0, $1, $2)
            }
            #expect(outcome.intact && outcome.result == text.count && outcome.output == text, "\(length)")
        }
    }

    @Test("Long runs are decoded alike from any address", arguments: levels)
    func long(level: gesso_simd_level_t) {
        let bytes = (0..<9_001).map { UInt8(truncatingIfNeeded: $0 &* 89 &+ $0 >> 5) }
        let text = Self.referenceEncode(bytes)
        for shift in 0..<64 {
            let encoded = Self.run(bytes, capacity: text.count, shift: shift) {
                gesso_base64_encode_at(level, $0, $1, $2)
            }
            #expect(encoded.intact && encoded.output == text)
            let decoded = Self.run(text, capacity: text.count / 4 * 3, shift: shift) {
                gesso_base64_decode_groups_at(level, $0, $1, $2)
            }
            #expect(decoded.intact && Array(decoded.output.prefix(9_000)) == Array(bytes.prefix(9_000)))
            #expect(decoded.result == 12_000)
            for place in [3, 100, 255, 4_000, 11_999] {
                var broken = text
                broken[place] = 0x80
                let stopped = Self.run(broken, capacity: text.count / 4 * 3, shift: shift) {
                    gesso_base64_decode_groups_at(level, $0, $1, $2)
                }
                #expect(stopped.result == place / 4 * 4)
            }
        }
    }

    @Test("The reference agrees with Foundation")
    func reference() {
        for length in 0...100 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            #expect(Self.referenceEncode(bytes) == Array(Data(bytes).base64EncodedData()))
        }
    }
}
