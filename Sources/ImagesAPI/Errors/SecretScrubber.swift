/// Removes the key and other secrets from everything a server sends, since some servers repeat parts of a request.
///
/// A secret is found in either letter case, without its prefix, in base64, base64url and hexadecimal, and behind
/// percent, JSON and HTML escapes, which may be nested. Takes linear time for any text, since the text comes from
/// outside and may be crafted to be slow to search.
struct SecretScrubber: Sendable {
    private let patterns: [SecretPattern]
    /// The length of the shortest match; shorter texts contain no secret.
    private let shortest: Int
    /// How many levels of escapes are undone, for JSON within JSON within a URL.
    private static let levels = 4

    /// A scrubber without secrets, which changes nothing.
    init() { self.init([]) }

    /// - Parameter fields: header fields and query parts of the caller, whose values may be secrets too; values of
    ///   names that end in `-id` or `version` are kept, since they identify requests, and short ones are unless the
    ///   name is one that credentials have.
    init(key: ImagesClient.APIKey?, fields: [(String, String)] = []) {
        var patterns: [SecretPattern] = []
        if let key {
            let plain = key.headerValue(prefix: "")
            // A key that was read with quotes from a file of variables may be returned with or without them.
            let bare = plain.trimmingQuotes()
            for secret in Set([plain, bare]) {
                patterns += SecretPattern.forms(of: secret, threshold: 12, textThreshold: 8, takesWord: true)
            }
            if let core = bare.withoutKeyPrefix() {
                patterns += SecretPattern.forms(of: core, threshold: 12, takesWord: true)
            }
        }
        for (name, value) in fields where !["-id", "version"].contains(where: name.lowercased().hasSuffix) {
            let isCredential = Self.looksLikeCredential(name)
            for word in value.split(separator: " ") where !Self.schemes.contains(word.lowercased()) {
                if isCredential {
                    patterns += SecretPattern.forms(of: String(word), threshold: 12, textThreshold: 8, takesWord: true)
                } else if word.utf8.count >= 12 {
                    patterns += SecretPattern.forms(of: String(word), threshold: 20)
                }
            }
        }
        self.init(patterns)
    }

    /// A scrubber of a prompt, whole or from its beginning. Prompts of a few letters are words that errors have anyway.
    init(prompt: String) {
        self.init(prompt.utf8.count < 12 ? [] : SecretPattern.forms(of: prompt, threshold: 20))
    }

    /// Whether the name is one that credentials have; their values are secrets however short they are.
    private static func looksLikeCredential(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["auth", "key", "token", "secret", "password", "credential", "cookie", "signature"].contains {
            name.range(of: $0) != nil
        }
    }

    /// Words before a credential that are no part of it.
    private static let schemes: Set = ["bearer", "basic", "token", "digest"]

    private init(_ patterns: [SecretPattern]) {
        self.patterns = patterns
        shortest = patterns.map(\.threshold).min() ?? .max
    }

    func scrub(_ text: String) -> String {
        guard text.utf8.count >= shortest else { return text }
        var text = text
        return text.withUTF8 { bytes in
            let secrets = secrets(in: bytes)
            guard !secrets.isEmpty else { return String(decoding: bytes, as: UTF8.self) }
            var clean: [UInt8] = []
            var copied = 0
            for secret in secrets {
                clean += bytes[copied..<secret.lowerBound]
                clean += "***".utf8
                copied = secret.upperBound
            }
            clean += bytes[copied...]
            return String(decoding: clean, as: UTF8.self)
        }
    }

    /// The ranges of a text that contain secrets, in order and disjoint.
    private func secrets(in bytes: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        var found: [(range: Range<Int>, takesWord: Bool)] = []
        var level = bytes.indices.map { SourceByte(byte: bytes[$0], start: $0, end: $0 + 1) }
        for depth in 0...Self.levels {
            for alphabet in SecretPattern.Alphabet.allCases {
                let folded = level.compactMap { source in
                    alphabet.folded(source.byte).map { SourceByte(byte: $0, start: source.start, end: source.end) }
                }
                for pattern in patterns where pattern.alphabet == alphabet {
                    found += pattern.matches(in: folded).map { ($0, pattern.takesWord) }
                }
            }
            guard depth < Self.levels, let next = EscapeDecoder.decode(level) else { break }
            level = next
        }
        return Self.merged(found, in: bytes)
    }

    private static func merged(
        _ found: [(range: Range<Int>, takesWord: Bool)], in bytes: UnsafeBufferPointer<UInt8>
    ) -> [Range<Int>] {
        var merged: [Range<Int>] = []
        for (range, takesWord) in found.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            let known = merged.last.flatMap { $0.upperBound >= range.lowerBound ? $0 : nil }
            var end = max(known?.upperBound ?? 0, range.upperBound)
            while takesWord, end < bytes.count, !endsWord(bytes[end]) { end += 1 }
            if let known {
                merged.removeLast(); merged.append(known.lowerBound..<end)
            } else {
                merged.append(range.lowerBound..<end)
            }
        }
        return merged
    }

    private static func endsWord(_ byte: UInt8) -> Bool { byte <= 0x20 || "\"'<>,;()".utf8.contains(byte) }

    func scrub(_ value: JSONValue) -> JSONValue {
        guard !patterns.isEmpty else { return value }
        return switch value {
        case .string(let text): .string(scrub(text))
        case .array(let elements): .array(elements.map(scrub))
        case .object(let members): .object(scrub(members))
        default: value
        }
    }

    private func scrub(_ members: [String: JSONValue]) -> [String: JSONValue] {
        Dictionary(members.map { (scrub($0.key), scrub($0.value)) }, uniquingKeysWith: { first, _ in first })
    }

    func scrub(_ head: ResponseHead) -> ResponseHead {
        var clean = head
        clean.fields = head.fields.map { (scrub($0.0), scrub($0.1)) }
        return clean
    }

    func scrub(_ error: ImagesAPIError) -> ImagesAPIError {
        var clean = error
        clean.message = scrub(error.message)
        clean.requestID = error.requestID.map(scrub)
        clean.apiError = error.apiError.map { api in
            ImagesAPIError.ErrorObject(
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
    /// The part of a key after a common prefix such as `sk-proj-`; nil when it has none.
    ///
    /// Words of up to eight letters and digits are removed as long as the rest is long enough to differ from ordinary
    /// text.
    fileprivate func withoutKeyPrefix() -> String? {
        var rest = self[...]
        while let separator = rest.firstIndex(where: { $0 == "-" || $0 == "_" }) {
            let next = rest[rest.index(after: separator)...]
            let isWord =
                rest[..<separator].utf8.count <= 8 && rest[..<separator].allSatisfy { $0.isLetter || $0.isNumber }
            let remains = next.utf8.count >= 12 || (next.utf8.count >= 8 && next.contains(where: \.isNumber))
            guard isWord, remains else { break }
            rest = next
        }
        return rest.utf8.count < utf8.count ? String(rest) : nil
    }

    fileprivate func trimmingQuotes() -> String {
        var rest = drop { $0 == "\"" || $0 == "'" }
        while let last = rest.last, last == "\"" || last == "'" { rest.removeLast() }
        return String(rest)
    }
}
