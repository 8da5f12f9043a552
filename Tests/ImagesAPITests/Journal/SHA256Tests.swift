import Foundation
import Testing

@testable import ImagesAPI

@Suite("SHA-256")
struct SHA256Tests {
    static func hash(_ bytes: [UInt8], pieces: Int = .max) -> String {
        var hash = SHA256()
        var rest = bytes[...]
        repeat {
            let piece = rest.prefix(pieces)
            Array(piece).withUnsafeBytes { hash.update($0) }
            rest = rest.dropFirst(piece.count)
        } while !rest.isEmpty
        return hash.hexadecimal
    }

    @Test(
        "The examples of FIPS 180-4 have their hashes",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func examples(text: String, expected: String) { #expect(Self.hash(Array(text.utf8)) == expected) }

    /// The hash of the hashes of 200 texts, made by Python's hashlib:
    /// `h.update(sha256(bytes((i * 7 + n) % 256 for i in range(n))).hexdigest().encode())` for n in 0..<200.
    @Test("All lengths up to three blocks have the hashes that Python gives them, in pieces of any length")
    func lengths() {
        for pieces in [Int.max, 1, 63, 64, 65] {
            var all = SHA256()
            for n in 0..<200 {
                all.update(Self.hash((0..<n).map { UInt8(($0 * 7 + n) % 256) }, pieces: pieces))
            }
            #expect(all.hexadecimal == "b8f5d54cfd1cbbcae2003d1365d9fab7e5bc61813fa3486ee6a6a6bf38db4745")
        }
    }
}
