#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Takes the key and further secrets out of whatever a server says, since some repeat what they were sent.
///
/// One pass over the bytes, whatever they are: the text comes from outside and may be made to be slow to search.
struct SecretScrubber: Sendable {
    private struct Form: Sendable {
        var bytes: [UInt8]
        /// A word that begins so is taken out to its end: servers shorten keys in many ways.
        var takesWord = false
    }

    /// Longer ones first among those that begin alike.
    private let forms: [Form]
    /// Whether some form begins with this byte.
    private let begins: [Bool]

    /// Knows no secret and changes nothing.
    init() { self.init([]) }

    /// - Parameter fields: further header fields and query parts of the caller, whose values may be secrets too; names that
    ///   end in `-id` or `version` are there to be found again.
    init(key: APIKey?, fields: [(String, String)] = []) {
        var forms: [Form] = []
        if let key {
            let plain = key.headerValue(prefix: "")
            // A key that kept the quotes of a file of variables comes back with and without them.
            let bare = plain.trimmingQuotes()
            for secret in Set([plain, bare]) {
                forms += Self.forms(of: secret)
                if secret.utf8.count >= 8 { forms.append(Form(bytes: Array(secret.utf8.prefix(8)), takesWord: true)) }
            }
        }
        for (name, value) in fields where !["-id", "version"].contains(where: name.lowercased().hasSuffix) {
            for word in value.split(separator: " ") where word.utf8.count >= 12 {
                forms += Self.forms(of: String(word))
            }
        }
        self.init(forms)
    }

    private init(_ forms: [Form]) {
        self.forms = forms.sorted { $0.bytes.count > $1.bytes.count }
        var begins = [Bool](repeating: false, count: 256)
        for form in forms { begins[Int(form.bytes[0])] = true }
        if !forms.isEmpty { begins[Int(UInt8(ascii: "%"))] = true }
        self.begins = begins
    }

    /// A secret as it is and in base64, alone or within other bytes: then the characters that hold nothing but it.
    private static func forms(of secret: String) -> [Form] {
        let plain = Array(secret.utf8)
        guard plain.count > 3 else { return [] }
        let encoded = (0..<3).map { before in
            let text = Data([UInt8](repeating: 0, count: before) + plain).base64EncodedString().utf8
            let whole = (before + plain.count) * 8 / 6
            return Array(text.prefix(whole).dropFirst((before * 8 + 5) / 6))
        }
        return ([plain] + encoded).map { Form(bytes: $0) }
    }

    func scrub(_ text: String) -> String {
        var text = text
        return text.withUTF8 { bytes in
            var clean: [UInt8] = []
            var index = 0
            var copied = 0
            while index < bytes.count {
                guard begins[Int(bytes[index])], let end = endOfSecret(in: bytes, at: index) else {
                    index += 1
                    continue
                }
                clean += bytes[copied..<index]
                clean += "***".utf8
                index = end
                copied = end
            }
            clean += bytes[copied...]
            return String(decoding: clean, as: UTF8.self)
        }
    }

    private func endOfSecret(in bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> Int? {
        for form in forms {
            guard var end = Self.end(of: form.bytes, in: bytes, at: start) else { continue }
            while form.takesWord, end < bytes.count, !Self.endsWord(bytes[end]) { end += 1 }
            return end
        }
        return nil
    }

    /// Where a secret ends that begins here, any of its bytes percent-encoded or not.
    private static func end(of form: [UInt8], in bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> Int? {
        var index = start
        for byte in form {
            guard index < bytes.count else { return nil }
            if bytes[index] == byte {
                index += 1
            } else if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = JSONScanner.hexadecimal(bytes[index + 1]),
                let low = JSONScanner.hexadecimal(bytes[index + 2]),
                high << 4 | low == UInt32(byte)
            {
                index += 3
            } else {
                return nil
            }
        }
        return index
    }

    private static func endsWord(_ byte: UInt8) -> Bool { byte <= 0x20 || "\"'<>,;()".utf8.contains(byte) }

    func scrub(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(scrub(text))
        case .array(let elements): .array(elements.map(scrub))
        case .object(let members): .object(scrub(members))
        default: value
        }
    }

    private func scrub(_ members: [String: JSONValue]) -> [String: JSONValue] {
        Dictionary(members.map { (scrub($0.key), scrub($0.value)) }, uniquingKeysWith: { first, _ in first })
    }

    func scrub(_ error: ImagesAPIError) -> ImagesAPIError {
        var clean = error
        clean.message = scrub(error.message)
        clean.requestID = error.requestID.map(scrub)
        clean.apiError = error.apiError.map { api in
            APIErrorBody(
                message: scrub(api.message), type: api.type.map(scrub), param: api.param.map(scrub),
                code: api.code.map(scrub), extra: scrub(api.extra))
        }
        clean.facts = error.facts.mapValues(scrub)
        clean.headers = Dictionary(
            error.headers.map { (scrub($0.key), scrub($0.value)) }, uniquingKeysWith: { first, _ in first })
        return clean
    }
}

extension String {
    fileprivate func trimmingQuotes() -> String {
        var rest = drop { $0 == "\"" || $0 == "'" }
        while let last = rest.last, last == "\"" || last == "'" { rest.removeLast() }
        return String(rest)
    }
}
