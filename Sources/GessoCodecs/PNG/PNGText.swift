import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The text chunks of a PNG (PNG 3rd edition, 11.3.3) that hold a comment, or EXIF, XMP or IPTC as a raw profile of
/// ImageMagick, which is bytes in hexadecimal digits.
enum PNGText {
    /// Reads a tEXt, zTXt or iTXt chunk that is not an XMP packet into `facts`.
    static func take(
        _ type: UInt32, _ body: Bytes, _ limits: ImageDecoder.Limits, _ facts: inout ParsedHeader
    ) throws(GessoError) {
        guard let end = body.buffer.prefix(80).firstIndex(of: 0), let keyword = body.slice(0, end) else {
            facts.metadata.insert(.text)
            return
        }
        let raw = ["exif", "APP1", "app1", "iptc", "IPTC", "8bim", "xmp"].first {
            keyword.matches("Raw profile type \($0)", at: 0) && keyword.count == 17 + $0.utf8.count
        }
        let isComment = keyword.count == 7 && keyword.matches("Comment", at: 0)
        guard raw != nil || isComment, facts.textCount < 16 else {
            facts.metadata.insert(.text)
            return
        }
        facts.textCount += 1
        guard let text = try content(type, body.suffix(from: end + 1), limits) else {
            facts.metadata.insert(.text)
            return
        }
        guard let raw else { return text.withBytes { facts.take(comment: utf8($0, isLatin: type != FourCC.iTXt)) } }
        guard let profile = text.withBytes({ profile($0) }) else {
            facts.metadata.insert(.text)
            return
        }
        profile.withBytes { bytes in
            switch raw {
            case "xmp": facts.take(xmp: XMPBlock(bytes: bytes.suffix(from: bytes.count), decoded: profile))
            case "iptc", "IPTC", "8bim": facts.take(photoshop: bytes)
            default:
                let label = "http://ns.adobe.com/xap/1.0/\0"
                if bytes.matches(label, at: 0) {
                    facts.take(
                        xmp: XMPBlock(
                            bytes: bytes.suffix(from: bytes.count), decoded: bytes.suffix(from: label.utf8.count).data()
                        ))
                } else {
                    facts.rawProfiles.append(profile)
                }
            }
        }
    }

    /// The text of a chunk, inflated; `rest` begins after the keyword. Nil if it is damaged or longer than is allowed.
    private static func content(
        _ type: UInt32, _ rest: Bytes, _ limits: ImageDecoder.Limits
    ) throws(GessoError) -> Data? {
        switch type {
        case FourCC.zTXt:
            return rest.uint8(0) == 0 ? try inflated(rest.suffix(from: 1), limits) : nil
        case FourCC.iTXt:
            var start = 2
            for _ in 0..<2 {
                guard let zero = rest.suffix(from: start).buffer.prefix(256).firstIndex(of: 0) else { return nil }
                start += zero + 1
            }
            let text = rest.suffix(from: start)
            return rest.uint8(0) == 1 ? try inflated(text, limits) : copied(text, limits)
        default: return copied(rest, limits)
        }
    }

    private static func copied(_ text: Bytes, _ limits: ImageDecoder.Limits) -> Data? {
        text.count <= limits.metadataByteCount ? text.data() : nil
    }

    private static func inflated(_ stream: Bytes, _ limits: ImageDecoder.Limits) throws(GessoError) -> Data? {
        do throws(GessoError) {
            // Twice the digits of the longest EXIF block, 64 KiB.
            return try Inflate.zlib(stream, maximum: min(limits.metadataByteCount, 256 << 10))
        } catch {
            guard error.code == .outOfMemory else { return nil }
            throw error
        }
    }

    /// The bytes of a raw profile: its name and length on lines of their own, then hexadecimal digits.
    private static func profile(_ text: Bytes) -> Data? {
        let lines = text.buffer.split(separator: 0x0A, maxSplits: 2, omittingEmptySubsequences: true)
        guard lines.count == 3,
            let length = Int(String(decoding: lines[1].drop { $0 == 0x20 }, as: UTF8.self).filter(\.isNumber)),
            length <= lines[2].count / 2
        else { return nil }
        var profile = Data(capacity: length)
        var high: UInt8?
        for byte in lines[2] {
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x37
            case 0x61...0x66: digit = byte - 0x57
            case 0x0A, 0x0D, 0x20: continue
            default: return nil
            }
            guard let first = high else {
                high = digit
                continue
            }
            profile.append(first << 4 | digit)
            high = nil
            if profile.count == length { return profile }
        }
        return profile.count == length ? profile : nil
    }

    /// The text in UTF-8. tEXt and zTXt have Latin-1, although some writers put UTF-8 there.
    private static func utf8(_ text: Bytes, isLatin: Bool) -> Data {
        guard isLatin, String(validating: text.buffer, as: UTF8.self) == nil else { return text.data() }
        var scalars = String.UnicodeScalarView()
        for byte in text.buffer { scalars.append(Unicode.Scalar(byte)) }
        return Data(String(scalars).utf8)
    }

    /// The type and content of a text chunk for a comment: tEXt if it is ASCII, else iTXt.
    static func comment(_ comment: Data) -> (type: String, body: Data) {
        // Comments of JPEG may end with a NUL, and no text of PNG may have one.
        let text = comment.filter { $0 != 0 }
        guard !text.allSatisfy({ $0 < 0x80 }) else { return ("tEXt", Data("Comment\0".utf8) + text) }
        let encoded = text.withBytes { utf8($0, isLatin: true) }
        return ("iTXt", Data("Comment\0\0\0\0\0".utf8) + encoded)
    }

    /// The content of a tEXt chunk with a raw profile of IPTC, which ImageMagick and exiftool read.
    static func rawProfile(_ iptc: Data) -> Data {
        let resource = IPTCBlock.resource(iptc)
        let count = String(resource.count)
        var text = "\niptc\n" + String(repeating: " ", count: max(0, 8 - count.count)) + count
        for (index, byte) in resource.enumerated() {
            if index % 36 == 0 { text += "\n" }
            text += byte < 16 ? "0" : ""
            text += String(byte, radix: 16)
        }
        return Data("Raw profile type iptc\0\(text)\n".utf8)
    }
}
