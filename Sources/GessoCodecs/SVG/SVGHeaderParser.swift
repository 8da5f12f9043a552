import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Detects SVG and reads the size that its root element states.
enum SVGHeaderParser {
    /// Whether the first kilobyte looks like XML with the root element `<svg`.
    static func looksLikeSVG(_ bytes: Bytes) -> Bool {
        let head = text(bytes, 1024)
        guard let start = head.first(where: { !$0.isWhitespace && $0 != "\u{feff}" }), start == "<" else {
            return false
        }
        return root(in: head) != nil
    }

    static func read(_ bytes: Bytes) throws(GessoError) -> ParsedHeader {
        let head = text(bytes, 65_536)
        guard let root = root(in: head) else { throw .truncatedHeader(.svg, at: bytes.count) }
        var facts = ParsedHeader(format: .svg)
        facts.hasAlpha = true
        facts.channels = 4
        let box = (attribute("viewBox", root) ?? "").split { $0 == " " || $0 == "," }.compactMap { length($0) }
        let width = attribute("width", root).flatMap(length) ?? (box.count == 4 ? box[2] : nil)
        let height = attribute("height", root).flatMap(length) ?? (box.count == 4 ? box[3] : nil)
        // The default object size of CSS, if the file states none.
        facts.size = Size(width: width ?? 300, height: height ?? 150)
        return facts
    }

    private static func text(_ bytes: Bytes, _ count: Int) -> String {
        String(decoding: bytes.buffer.prefix(count), as: UTF8.self)
    }

    /// The attributes of the root element.
    private static func root(in head: String) -> Substring? {
        var rest = head[...]
        while let open = rest.firstIndex(of: "<") {
            rest = rest[open...].dropFirst()
            if rest.hasPrefix("svg"), let next = rest.dropFirst(3).first, next.isWhitespace || next == ">" {
                return rest.prefix { $0 != ">" }.dropFirst(3)
            }
            // Only the XML declaration, comments and the document type may precede the root element.
            guard rest.hasPrefix("?") || rest.hasPrefix("!") else { return nil }
        }
        return nil
    }

    private static func attribute(_ name: String, _ root: Substring) -> Substring? {
        var words = root
        while let equals = words.firstIndex(of: "=") {
            let key = words[..<equals].split(whereSeparator: \.isWhitespace).last
            let value = words[words.index(after: equals)...].drop(while: \.isWhitespace)
            guard let quote = value.first, quote == "\"" || quote == "'" else { return nil }
            let body = value.dropFirst()
            guard let end = body.firstIndex(of: quote) else { return nil }
            if let key, key == name { return body[..<end] }
            words = body[body.index(after: end)...]
        }
        return nil
    }

    /// A length in pixels or without unit, at least 1; nil for percentages and other units.
    private static func length(_ text: Substring) -> Int? {
        let digits = text.hasSuffix("px") ? text.dropLast(2) : text
        guard let value = Double(digits), value >= 1, value < 1e9 else { return nil }
        return Int(value.rounded())
    }
}
