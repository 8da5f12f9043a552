import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The bytes of a file that hold its XMP packet.
struct XMPBlock {
    let bytes: Bytes
    /// Whether the packet is compressed, as PNG allows.
    var isDeflated = false
    /// A packet that the file has in another form, such as ImageMagick's raw profiles; instead of `bytes`.
    var decoded: Data?

    /// The text of the packet, not checked; nil if it cannot be read or is longer than `limits` allow.
    func text(_ limits: ImageDecoder.Limits) throws(GessoError) -> [UInt8]? {
        if let decoded { return [UInt8](decoded) }
        guard isDeflated else { return bytes.count <= limits.metadataByteCount ? [UInt8](bytes.buffer) : nil }
        do throws(GessoError) {
            return [UInt8](try Inflate.zlib(bytes, maximum: limits.metadataByteCount))
        } catch {
            guard error.code == .outOfMemory else { return nil }
            throw error
        }
    }

    /// The packet; nil if it cannot be read or is longer than `limits` allow.
    func packet(_ limits: ImageDecoder.Limits) throws(GessoError) -> XMPPacket? {
        guard let packet = try text(limits).map({ XMPPacket(unchecked: $0) }), packet.isReadable else { return nil }
        return packet
    }
}

/// An XMP packet: RDF in UTF-8 (ISO 16684-1).
///
/// Properties are found by the prefixes that the packet declares for their namespaces, without an XML parser, in one pass.
struct XMPPacket {
    let text: [UInt8]

    init(unchecked text: [UInt8]) { self.text = text }

    /// Whether this is an RDF packet in UTF-8; a few packets are in UTF-16.
    var isReadable: Bool { !text.contains(0) && find(":RDF", from: 0) != nil && isUTF8 }

    private var isUTF8: Bool {
        // A string would be a copy of megabytes.
        if #available(macOS 26, *) { return (try? UTF8Span(validating: text.span)) != nil }
        return String(validating: text, as: UTF8.self) != nil
    }

    private static let sourceTypes = "http://cv.iptc.org/newscodes/digitalsourcetype/"

    /// A packet with only the IPTC digital source type, such as `trainedAlgorithmicMedia` for an image that a model
    /// made; nil if this packet has none.
    var sourceType: Data? {
        guard let start = find(Self.sourceTypes, from: 0) else { return nil }
        let letters = text[(start + Self.sourceTypes.utf8.count)...].prefix { $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A }
        guard !letters.isEmpty, letters.count <= 64 else { return nil }
        let word = String(decoding: letters, as: UTF8.self)
        return Data(
            """
            <?xpacket begin="\u{FEFF}" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">\
            <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" \
            xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" \
            Iptc4xmpExt:DigitalSourceType="\(Self.sourceTypes)\(word)"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>
            """.utf8)
    }

    /// The packet without properties that are wrong for a new encoding, and without thumbnails; nil if an element is not
    /// closed.
    var adapted: Data? {
        let names = XMPNames(XMPProperty.stale, in: self)
        var kept = Data(capacity: text.count)
        // What lies before `position` and is not copied yet.
        var begin = 0
        var position = 0
        while let (start, name) = next(names, from: position) {
            let isElement = text[start] == UInt8(ascii: "<")
            let nameEnd = start + 1 + name.count
            guard let end = isElement ? endOfElement(name, nameEnd) : attribute(nameEnd)?.end else { return nil }
            kept.append(contentsOf: text[begin..<start])
            (begin, position) = (end, end)
        }
        kept.append(contentsOf: text[begin...])
        return kept
    }

    /// The next property of that name: the offset of the `<` or of the space before it, and its name.
    private func next(_ names: XMPNames, from start: Int) -> (start: Int, name: [UInt8])? {
        let (text, byFirstByte) = (text, names.byFirstByte)
        var position = start
        while position + 1 < text.count {
            let byte = text[position]
            if byte == UInt8(ascii: "<") || byte <= 0x20, !byFirstByte[Int(text[position + 1])].isEmpty,
                let name = property(byFirstByte[Int(text[position + 1])], at: position)
            {
                return (position, name)
            }
            position += 1
        }
        return nil
    }

    /// The one of `names` that begins after `position` as that of an element or of an attribute.
    private func property(_ names: [[UInt8]], at position: Int) -> [UInt8]? {
        let isElement = text[position] == UInt8(ascii: "<")
        guard isElement || isSpace(position) else { return nil }
        for name in names where matches(name, at: position + 1) {
            let end = position + 1 + name.count
            let isWhole =
                isElement
                ? isSpace(end) || has(UInt8(ascii: ">"), at: end) || has(UInt8(ascii: "/"), at: end)
                : has(UInt8(ascii: "="), at: skipSpace(end))
            if isWhole { return name }
        }
        return nil
    }

    /// The offset after the closing tag of `name`; `position` is the offset after the name in its opening tag.
    private func endOfElement(_ name: [UInt8], _ position: Int) -> Int? {
        guard let end = endOfTag(position) else { return nil }
        if has(UInt8(ascii: "/"), at: end - 2) { return end }
        let tag = Array("</".utf8) + name
        var start = end
        while let found = find(tag, from: start) {
            start = skipSpace(found + tag.count)
            if has(UInt8(ascii: ">"), at: start) { return start + 1 }
        }
        return nil
    }

    /// The offset after the `>` of a tag, which is looked for within `length` bytes; a `>` in a quoted value does not count.
    func endOfTag(_ start: Int, within length: Int = .max) -> Int? {
        var quote: UInt8?
        for position in start..<max(start, min(text.count, start.saturatingAdding(length))) {
            let byte = text[position]
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                return position + 1
            }
        }
        return nil
    }

    /// The quoted value of an attribute and the offset after it; `position` is the offset after its name, and the value and
    /// its last quote have at most `length` bytes.
    func attribute(_ position: Int, within length: Int = .max) -> (value: Range<Int>, end: Int)? {
        let equals = skipSpace(position)
        guard has(UInt8(ascii: "="), at: equals) else { return nil }
        let start = skipSpace(equals + 1)
        for quote in [UInt8(ascii: "\""), UInt8(ascii: "'")] where has(quote, at: start) {
            return text[(start + 1)...].prefix(length).firstIndex(of: quote).map { (start + 1..<$0, $0 + 1) }
        }
        return nil
    }

    /// The offset of the next byte that is not a space; at most 16 are skipped.
    private func skipSpace(_ start: Int) -> Int {
        var position = start
        while position < start + 16, isSpace(position) { position += 1 }
        return position
    }

    func isSpace(_ position: Int) -> Bool {
        guard position < text.count else { return false }
        switch text[position] {
        case 0x20, 0x0A, 0x0D, 0x09: return true
        default: return false
        }
    }

    func has(_ byte: UInt8, at position: Int) -> Bool {
        position >= 0 && position < text.count && text[position] == byte
    }

    func matches(_ word: [UInt8], at position: Int) -> Bool {
        guard position >= 0, text.count - position >= word.count else { return false }
        for index in word.indices where text[position + index] != word[index] { return false }
        return true
    }

    func find(_ word: String, from start: Int) -> Int? { find(Array(word.utf8), from: start) }

    private func find(_ word: [UInt8], from start: Int) -> Int? {
        guard let first = word.first else { return nil }
        var position = start
        while position < text.count, let next = text[position...].firstIndex(of: first) {
            if matches(word, at: next) { return next }
            position = next + 1
        }
        return nil
    }
}
