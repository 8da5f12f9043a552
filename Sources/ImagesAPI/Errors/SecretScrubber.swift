#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Takes the key out of whatever a server says, since some repeat what they were sent.
struct SecretScrubber: Sendable {
    private let forms: [String]
    /// A word that begins as the key does is taken out whole: servers shorten keys in many ways.
    private let prefix: String

    init(_ key: APIKey) {
        let plain = key.headerValue(prefix: "")
        let percent = plain.utf8.map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return Self.isUnreserved(byte) ? String(Unicode.Scalar(byte)) : "%" + (byte < 16 ? "0" : "") + digits
        }
        forms = [
            plain, percent.joined(), Data(plain.utf8).base64EncodedString(),
            Data(key.headerValue(prefix: "Bearer ").utf8).base64EncodedString(),
        ]
        prefix = String(plain.prefix(8))
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || "._~".utf8.contains(byte)
    }

    func scrub(_ text: String) -> String {
        var text = text
        for form in forms where form.utf8.count > 3 {
            while let range = text.range(of: form) { text.replaceSubrange(range, with: "***") }
        }
        guard prefix.utf8.count == 8 else { return text }
        while let range = text.range(of: prefix) {
            let end =
                text[range.lowerBound...].firstIndex { $0.isWhitespace || "\"'<>,;()".contains($0) } ?? text.endIndex
            text.replaceSubrange(range.lowerBound..<end, with: "***")
        }
        return text
    }

    func scrub(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(scrub(text))
        case .array(let elements): .array(elements.map(scrub))
        case .object(let members):
            .object(
                Dictionary(members.map { (scrub($0.key), scrub($0.value)) }, uniquingKeysWith: { first, _ in first }))
        default: value
        }
    }

    func scrub(_ error: ImagesAPIError) -> ImagesAPIError {
        var clean = error
        clean.message = scrub(error.message)
        clean.requestID = error.requestID.map(scrub)
        clean.apiError = error.apiError.map { api in
            APIErrorBody(
                message: scrub(api.message), type: api.type.map(scrub), param: api.param.map(scrub),
                code: api.code.map(scrub), extra: api.extra.mapValues(scrub))
        }
        clean.facts = error.facts.mapValues(scrub)
        return clean
    }
}
