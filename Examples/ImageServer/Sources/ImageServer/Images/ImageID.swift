import Crypto
import Foundation

/// Whoever sends the requests of one browser: a random value in a cookie, of which only the hash is ever written.
struct Owner: Sendable, Hashable {
    /// 16 hexadecimal digits of the cookie's SHA-256.
    let tag: String

    init(cookie: String) { tag = String(SHA256.hash(data: Data(cookie.utf8)).hexadecimal.prefix(16)) }
}

/// The name of a stored image: its owner and the SHA-256 of its bytes.
///
/// The same bytes of two owners are two images, so that one of them can delete theirs.
struct ImageID: Sendable, Hashable, Codable, LosslessStringConvertible {
    let owner: String
    let digest: String

    init(owner: String, digest: String) {
        self.owner = owner
        self.digest = digest
    }

    /// `OWNER-DIGEST`, 16 and 64 lower-case hexadecimal digits; nil for any other text, and so for every path.
    init?(_ description: String) {
        let parts = description.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].count == 16, parts[1].count == 64,
            parts.allSatisfy({ $0.allSatisfy(Self.isHexadecimal) })
        else { return nil }
        owner = String(decoding: parts[0], as: UTF8.self)
        digest = String(decoding: parts[1], as: UTF8.self)
    }

    var description: String { "\(owner)-\(digest)" }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = try ImageID(container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "Not the id of an image.")
        }
        self = id
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Sequence<UInt8> {
    /// Two lower-case digits for each byte.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
