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

    /// The packet; nil if it cannot be read or is longer than `limits` allow.
    func packet(_ limits: ImageDecoder.Limits) throws(GessoError) -> XMPPacket? {
        guard isDeflated else { return bytes.count <= limits.metadataByteCount ? XMPPacket(bytes) : nil }
        do throws(GessoError) {
            return try Inflate.zlib(bytes, maximum: limits.metadataByteCount).withBytes { XMPPacket($0) }
        } catch {
            guard error.code == .outOfMemory || error.code == .limitExceeded else { return nil }
            throw error
        }
    }
}

/// An XMP packet: RDF in UTF-8 (ISO 16684-1).
///
/// Properties are found by their usual prefixes, without an XML parser, in one pass.
struct XMPPacket {
    let text: [UInt8]

    /// Nil if `bytes` are not an RDF packet in UTF-8; a few packets are in UTF-16.
    init?(_ bytes: Bytes) {
        text = [UInt8](bytes.buffer)
        guard !text.contains(0), find("rdf:RDF", from: 0) != nil, String(validating: text, as: UTF8.self) != nil
        else { return nil }
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

    /// Properties that the new file itself defines, that refer to removed parts, or that link to removed content
    /// credentials.
    private static let stale = [
        "tiff:Orientation", "tiff:ImageWidth", "tiff:ImageLength", "exif:PixelXDimension", "exif:PixelYDimension",
        "exif:ColorSpace", "xmp:Thumbnails", "xmpNote:HasExtendedXMP", "dcterms:provenance", "hdrgm:Version",
        "Container:Directory",
    ].map { Array($0.utf8) }

    /// For each byte, whether a stale name begins with it; a fast check for most positions.
    private static let staleStarts: [Bool] = {
        var starts = [Bool](repeating: false, count: 256)
        for name in stale { starts[Int(name[0])] = true }
        return starts
    }()

    /// The packet without properties that are wrong for a new encoding; nil if an element is not closed.
    var adapted: Data? {
        // Most bytes are followed by one that begins no stale name.
        let starts = Self.staleStarts
        var kept = Data(capacity: text.count)
        // What lies before `position` and is not copied yet.
        var begin = 0
        var position = 0
        while position < text.count {
            let isElement = text[position] == UInt8(ascii: "<")
            guard position + 1 < text.count, starts[Int(text[position + 1])], isElement || isSpace(position),
                let name = staleName(at: position + 1, isElement)
            else {
                position += 1
                continue
            }
            let nameEnd = position + 1 + name.count
            guard let end = isElement ? endOfElement(name, nameEnd) : endOfAttribute(nameEnd) else { return nil }
            kept.append(contentsOf: text[begin..<position])
            (begin, position) = (end, end)
        }
        kept.append(contentsOf: text[begin...])
        return kept
    }

    /// The stale property whose name is at `position`; nil if there is none.
    private func staleName(at position: Int, _ isElement: Bool) -> [UInt8]? {
        Self.stale.first { name in
            let end = position + name.count
            guard matches(name, at: position) else { return false }
            return isElement
                ? isSpace(end) || has(UInt8(ascii: ">"), at: end) || has(UInt8(ascii: "/"), at: end)
                : has(UInt8(ascii: "="), at: end)
        }
    }

    /// The offset after the closing tag of `name`; `position` is the offset after the name in its opening tag.
    private func endOfElement(_ name: [UInt8], _ position: Int) -> Int? {
        guard let end = find(">", from: position) else { return nil }
        if has(UInt8(ascii: "/"), at: end - 1) { return end + 1 }
        let tag = Array("</".utf8) + name + Array(">".utf8)
        return find(tag, from: end).map { $0 + tag.count }
    }

    /// The offset after the quoted value of an attribute; `position` is the offset of its equals sign.
    private func endOfAttribute(_ position: Int) -> Int? {
        for quote in [UInt8(ascii: "\""), UInt8(ascii: "'")] where has(quote, at: position + 1) {
            return find([quote], from: position + 2).map { $0 + 1 }
        }
        return nil
    }

    private func isSpace(_ position: Int) -> Bool {
        guard position < text.count else { return false }
        switch text[position] {
        case 0x20, 0x0A, 0x0D, 0x09: return true
        default: return false
        }
    }

    private func has(_ byte: UInt8, at position: Int) -> Bool {
        position >= 0 && position < text.count && text[position] == byte
    }

    private func matches(_ word: [UInt8], at position: Int) -> Bool {
        guard position >= 0, text.count - position >= word.count else { return false }
        for index in word.indices where text[position + index] != word[index] { return false }
        return true
    }

    private func find(_ word: String, from start: Int) -> Int? { find(Array(word.utf8), from: start) }

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
