#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One form of a secret. Texts from a server are searched for it in either letter case and in linear time (Knuth,
/// Morris and Pratt 1977).
struct SecretPattern: Sendable, Hashable {
    /// The characters of a form, which decide how a text is folded before it is searched.
    enum Alphabet: CaseIterable, Sendable, Hashable {
        case text
        /// Base64 in either alphabet, without blanks and line breaks.
        case base64
        /// Hexadecimal digits, without blanks and separators between bytes.
        case hexadecimal

        /// The byte that patterns have in place of this one; nil if the search skips it.
        func folded(_ byte: UInt8) -> UInt8? {
            switch byte {
            case 0x41...0x5A: byte | 0x20
            case 0x09, 0x0A, 0x0D, 0x20: self == .text ? byte : nil
            case UInt8(ascii: "-"): self == .text ? byte : self == .base64 ? UInt8(ascii: "+") : nil
            case UInt8(ascii: "_"): self == .base64 ? UInt8(ascii: "/") : byte
            case UInt8(ascii: ":"), UInt8(ascii: ","): self == .hexadecimal ? nil : byte
            default: byte
            }
        }
    }

    let alphabet: Alphabet
    /// Whether to remove the rest of the word too, since servers shorten keys in many ways.
    let takesWord: Bool
    /// A match of this many bytes from the beginning reveals the secret.
    let threshold: Int
    private let bytes: [UInt8]
    /// For each length of a match, the length of the longest shorter match that ends at the same byte.
    private let fallback: [Int]

    private init(_ bytes: some Sequence<UInt8>, _ alphabet: Alphabet, threshold: Int, takesWord: Bool) {
        self.bytes = bytes.compactMap(alphabet.folded)
        self.alphabet = alphabet
        self.threshold = min(threshold, self.bytes.count)
        self.takesWord = takesWord
        var fallback = [Int](repeating: 0, count: self.bytes.count + 1)
        var matched = 0
        for index in self.bytes.indices.dropFirst() {
            while matched > 0, self.bytes[index] != self.bytes[matched] { matched = fallback[matched] }
            if self.bytes[index] == self.bytes[matched] { matched += 1 }
            fallback[index + 1] = matched
        }
        self.fallback = fallback
    }

    /// The forms of a secret: plain, in hexadecimal, and in base64 at each of the three alignments, reduced to the
    /// characters that depend on the secret alone.
    ///
    /// - Parameters:
    ///   - threshold: how many of the secret's first bytes reveal it.
    ///   - textThreshold: the same for the plain form, if it differs.
    static func forms(
        of secret: String, threshold: Int, textThreshold: Int? = nil, takesWord: Bool = false
    ) -> [SecretPattern] {
        let plain = Array(secret.utf8)
        guard plain.count > 3 else { return [] }
        let text = SecretPattern(plain, .text, threshold: textThreshold ?? threshold, takesWord: takesWord)
        // The encoded forms of shorter secrets occur in ordinary words.
        guard plain.count >= 6 else { return [text] }
        let digits = Array("0123456789abcdef".utf8)
        let hexadecimal = SecretPattern(
            plain.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, .hexadecimal, threshold: threshold * 2,
            takesWord: false)
        let base64 = (0..<3).map { before in
            let text = Data([UInt8](repeating: 0, count: before) + plain).base64EncodedString().utf8
            let whole = (before + plain.count) * 8 / 6
            return SecretPattern(
                text.prefix(whole).dropFirst((before * 8 + 5) / 6), .base64, threshold: threshold * 8 / 6,
                takesWord: false)
        }
        return [text, hexadecimal] + base64
    }

    /// The ranges of the original text that match the pattern, or enough of its beginning, in a text folded to its
    /// alphabet.
    func matches(in text: [SourceByte]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var matched = 0
        for index in text.indices {
            let byte = text[index].byte
            while matched > 0, matched == bytes.count || byte != bytes[matched] { matched = fallback[matched] }
            if byte == bytes[matched] { matched += 1 }
            guard matched >= threshold else { continue }
            let start = text[index + 1 - matched].start
            if let last = found.last, last.upperBound >= start {
                found[found.count - 1] = min(last.lowerBound, start)..<text[index].end
            } else {
                found.append(start..<text[index].end)
            }
        }
        return found
    }
}
