import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Detects SVG and reads the size that its root element states.
///
/// It reads bytes, not characters: finding where a character of many combining marks ends would cost more than the parse.
enum SVGHeaderParser {
    /// Whether the first kilobyte looks like XML with the root element `<svg`.
    static func looksLikeSVG(_ bytes: Bytes) -> Bool {
        var head = bytes.buffer.prefix(1024)[...]
        if head.starts(with: [0xEF, 0xBB, 0xBF]) { head = head.dropFirst(3) }
        guard head.first(where: { !isSpace($0) }) == UInt8(ascii: "<") else { return false }
        return root(in: ArraySlice(head)) != nil
    }

    static func read(_ bytes: Bytes) throws(GessoError) -> ParsedHeader {
        guard let root = root(in: ArraySlice(bytes.buffer.prefix(65_536))) else {
            throw .truncatedHeader(.svg, at: bytes.count)
        }
        var facts = ParsedHeader(format: .svg)
        facts.hasAlpha = true
        facts.channels = 4
        let stated = attributes(["viewBox", "width", "height"], of: root)
        // Two coordinates, the width and the height (SVG 2, section 8.6).
        let box = (stated["viewBox"] ?? []).split { isSpace($0) || $0 == UInt8(ascii: ",") }
        let width = stated["width"].flatMap(length) ?? (box.count == 4 ? length(box[2]) : nil)
        let height = stated["height"].flatMap(length) ?? (box.count == 4 ? length(box[3]) : nil)
        // The default object size of CSS, if the file states none.
        facts.size = Size(width: width ?? 300, height: height ?? 150)
        return facts
    }

    /// The white space of XML 1.0, section 2.3.
    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    /// The attributes of the root element; nil if something else than the prolog precedes it.
    private static func root(in head: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var rest = head
        while let open = rest.firstIndex(of: UInt8(ascii: "<")) {
            rest = rest[(open + 1)...]
            if rest.starts(with: "!--".utf8) {
                rest = afterComment(rest.dropFirst(3))
                continue
            }
            if rest.starts(with: "svg".utf8), let next = rest.dropFirst(3).first,
                isSpace(next) || next == UInt8(ascii: ">")
            {
                return rest.prefix { $0 != UInt8(ascii: ">") }.dropFirst(3)
            }
            // Only the XML declaration, comments and the document type may precede the root element.
            guard rest.first == UInt8(ascii: "?") || rest.first == UInt8(ascii: "!") else { return nil }
        }
        return nil
    }

    /// What follows the comment that begins here; nothing if it does not end.
    private static func afterComment(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var rest = text
        while let end = rest.firstIndex(of: UInt8(ascii: ">")) {
            if rest[..<end].suffix(2).elementsEqual("--".utf8) { return rest[(end + 1)...] }
            rest = rest[(end + 1)...]
        }
        return []
    }

    /// The first value of each of these attributes, up to the first that is not well-formed.
    private static func attributes(_ names: [String], of root: ArraySlice<UInt8>) -> [String: ArraySlice<UInt8>] {
        var found: [String: ArraySlice<UInt8>] = [:]
        var rest = root
        while let equals = rest.firstIndex(of: UInt8(ascii: "=")) {
            let name = rest[..<equals].split(whereSeparator: isSpace).last ?? []
            let value = rest[(equals + 1)...].drop(while: isSpace)
            guard let quote = value.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { break }
            let body = value.dropFirst()
            guard let end = body.firstIndex(of: quote) else { break }
            if let key = names.first(where: { name.elementsEqual($0.utf8) }), found[key] == nil {
                found[key] = body[..<end]
            }
            rest = body[(end + 1)...]
        }
        return found
    }

    /// A length in pixels or without unit, at least 1; nil for percentages and other units.
    private static func length(_ bytes: ArraySlice<UInt8>) -> Int? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let value = Double(text.hasSuffix("px") ? String(text.dropLast(2)) : text), value >= 1, value < 1e9 else {
            return nil
        }
        return Int(value.rounded())
    }
}
