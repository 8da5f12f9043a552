#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Recognizes an image in the first characters of a string: a data URI, or base64 of a format's signature.
enum ImageText {
    enum Start: Equatable {
        case undecided
        case text
        /// The index of the first character of the base64.
        case image(Int)
    }

    /// Characters that are enough to recognize base64, and the shortest text that is taken for an image.
    static let minimum = 32
    /// Characters within which the head of a data URI must end.
    static let window = 512

    /// The signatures of PNG, JPEG, WebP, GIF and SVG in base64; JPEG's in both alphabets.
    private static let signatures = [
        "iVBORw0KGgo", "/9j/", "_9j_", "UklGR", "R0lGODdh", "R0lGODlh", "PHN2Zy", "PD94bWwg",
    ]
    .map { Array($0.utf8) }

    /// - Parameter isWhole: whether the string ends here.
    static func start(of text: [UInt8], isWhole: Bool) -> Start {
        let blanks = text.prefix(while: isBlank).count
        let shown = text[blanks...]
        guard mayBeDataURI(shown) else {
            // No more of it than is needed, so that the pieces in which a text arrives do not matter.
            let characters = Array(shown.lazy.filter { !isBlank($0) }.prefix(minimum))
            guard characters.allSatisfy(mayBeBase64) else { return .text }
            guard signatures.contains(where: { characters.starts(with: $0.prefix(characters.count)) }) else {
                return .text
            }
            if characters.count >= minimum { return .image(blanks) }
            return isWhole || text.count >= window ? .text : .undecided
        }
        guard let comma = shown.firstIndex(of: UInt8(ascii: ",")) else {
            return isWhole || text.count >= window ? .text : .undecided
        }
        return isBase64Head(shown[..<comma]) ? .image(comma + 1) : .text
    }

    /// Whether a text is the beginning of a data URI, or may be when more of it is there.
    static func mayBeDataURI(_ text: some Collection<UInt8>) -> Bool {
        text.count <= window && zip(text, "data:".utf8).allSatisfy { $0 | 0x20 == $1 | 0x20 }
    }

    /// Whether the head of a data URI says that base64 follows it.
    static func isBase64Head(_ head: some Collection<UInt8>) -> Bool {
        let text = String(decoding: head, as: UTF8.self).lowercased()
        return text.contains(";base64")
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    private static func mayBeBase64(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "-"),
            UInt8(ascii: "_"), UInt8(ascii: "="):
            true
        default: false
        }
    }
}

extension ByteBuffer {
    /// Whether the first bytes are those of an image.
    var isImage: Bool { ImageUpload.ContentType(sniffing: Data(copy(from: 0, count: 1_024))) != nil }
}
