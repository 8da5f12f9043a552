extension ImagesAPIError.ErrorObject {
    /// How deep errors may be nested: gateways put a server's error into their own.
    private static let maxDepth = 4
    /// The members that may hold the message, the most specific first; in lower case.
    private static let messageNames = [
        "message", "msg", "detail", "error_description", "error_message", "errormessage", "error_msg", "errmsg",
        "status_msg", "faultstring", "reason", "title", "description", "errors",
    ]
    private static let codeNames = ["code", "statuscode", "error_code", "errorcode", "errcode", "status_code"]
    /// The members in which gateways wrap an error, besides `error` and `errors`.
    private static let wrappers = ["detail", "base_resp", "fault", "response"]
    private static let noExplanation = "no explanation"

    /// The error in the body of a response, in the forms that servers and gateways send; nil if it has none of them.
    ///
    /// - Parameter depth: how many errors contain this one.
    init?(response: JSONValue, depth: Int = 0) {
        guard depth < Self.maxDepth else { return nil }
        if let first = response.arrayValue?.first(where: { $0.objectValue != nil }) {
            self.init(response: first, depth: depth + 1)
            return
        }
        guard let members = response.objectValue else { return nil }
        switch members.member("error") {
        case .some(.object(let inner)):
            self.init(members: inner, depth: depth)
            return
        case .some(.array(let list)) where !list.isEmpty:
            self.init(list: list, beside: members, depth: depth)
            return
        case .some(.string(let text)) where !text.isEmpty:
            // The text is the message, or a code if there is a message too.
            let message = Self.message(of: members.filter { $0.key != "error" })
            self.init(
                message: message ?? text, type: members["type"]?.stringValue,
                code: Self.code(of: members) ?? (message == nil ? nil : text), extra: [:], depth: depth)
            return
        default: break
        }
        if let list = members["errors"]?.arrayValue, !list.isEmpty {
            self.init(list: list, beside: members, depth: depth)
            return
        }
        for name in Self.wrappers {
            guard let wrapped = members.member(name), wrapped.objectValue != nil,
                let inner = Self(response: wrapped, depth: depth + 1), inner.message != Self.noExplanation
            else { continue }
            self = inner
            return
        }
        guard Self.message(of: members) != nil || Self.code(of: members) != nil else { return nil }
        self.init(members: members, depth: depth)
    }

    private init(list: [JSONValue], beside members: [String: JSONValue], depth: Int) {
        if let first = list.first?.objectValue {
            self.init(members: first, depth: depth)
        } else {
            self.init(
                message: list.first?.plainText ?? Self.noExplanation, type: nil,
                code: Self.code(of: members) ?? members["name"]?.plainText, extra: [:], depth: depth)
        }
    }

    init(members: [String: JSONValue], depth: Int = 0) {
        let known = ["message", "type", "param", "code"]
        // FastAPI has a list of errors, one for each field.
        let first = members["detail"]?.arrayValue?.first
        self.init(
            message: Self.message(of: members) ?? Self.noExplanation,
            type: members["type"]?.plainText ?? first?["type"]?.plainText,
            param: members["param"]?.plainText ?? members["loc"]?.path, code: Self.code(of: members),
            extra: members.filter { !known.contains($0.key) }, cause: Self.cause(in: members), depth: depth)
    }

    /// An error that may contain the error that caused it. Code and details are taken from the cause where this error
    /// says no more than the status.
    ///
    /// - Parameter cause: the cause; without it, JSON in the message is taken as the cause.
    private init(
        message: String, type: String?, param: String? = nil, code: String?, extra: [String: JSONValue],
        cause given: JSONValue? = nil, depth: Int
    ) {
        self.init(message: message, type: type, param: param, code: code, extra: extra)
        guard depth < Self.maxDepth - 1 else { return }
        guard let cause = Self.cause(given ?? JSONText.first(in: message), depth: depth + 1) else { return }
        if code.flatMap(Int.init) != nil || code == nil { self.code = cause.code ?? code }
        if type == nil { self.type = cause.type }
        if param == nil { self.param = cause.param }
        self.extra = extra.merging(cause.extra) { own, _ in own }
        if given != nil, cause.message != Self.noExplanation, !message.contains(cause.message) {
            self.message = message == Self.noExplanation ? cause.message : "\(message): \(cause.message)"
        }
    }

    private static func cause(_ value: JSONValue?, depth: Int) -> Self? {
        guard let text = value?.stringValue else { return value.flatMap { Self(response: $0, depth: depth) } }
        return JSONText.first(in: text).flatMap { Self(response: $0, depth: depth) } ?? Self(message: text)
    }

    /// The member that holds the error of another server: OpenRouter has it as text in `metadata.raw`.
    private static func cause(in members: [String: JSONValue]) -> JSONValue? {
        let places = [members["metadata"]?["raw"], members["message"], members["detail"], members["cause"]]
        return places.lazy.compactMap { $0 }.first { $0.objectValue != nil }
            ?? members["metadata"]?["raw"].flatMap { $0.plainText == nil ? nil : $0 }
    }

    private static func code(of members: [String: JSONValue]) -> String? {
        codeNames.lazy.compactMap { members.member($0)?.plainText }.first
    }

    /// The message, under any of the names that servers use for it.
    private static func message(of members: [String: JSONValue]) -> String? {
        for name in messageNames {
            switch members.member(name) {
            case .some(.string(let text)) where !text.isEmpty: return text
            case .some(.array(let list)) where !list.isEmpty:
                return list.prefix(3).compactMap(sentence).joined(separator: "; ")
            case .some(.object(let inner)):
                if let text = inner["message"]?.stringValue ?? inner["msg"]?.stringValue { return text }
                guard name == "errors" else { continue }
                let fields = inner.sorted { $0.key < $1.key }.prefix(3)
                let texts = fields.compactMap { name, errors in
                    sentence(errors.arrayValue?.first ?? errors).map { "\(name): \($0)" }
                }
                if !texts.isEmpty { return texts.joined(separator: "; ") }
            default: continue
            }
        }
        return nil
    }

    /// The message of one of several errors: a text, or what FastAPI says about a field.
    private static func sentence(_ value: JSONValue) -> String? {
        if let text = value.stringValue { return text }
        guard let text = value["msg"]?.stringValue ?? value["message"]?.stringValue else { return nil }
        return value["loc"]?.path.map { "\($0): \(text)" } ?? text
    }
}

extension [String: JSONValue] {
    /// The member of that name, given in lower case; some servers begin names with a capital letter.
    func member(_ name: String) -> JSONValue? {
        self[name] ?? first { $0.key.count == name.count && $0.key.lowercased() == name }?.value
    }
}

extension JSONValue {
    /// The text of a string or number.
    var plainText: String? {
        switch self {
        case .string(let text): text.isEmpty ? nil : text
        case .integer(let number): String(number)
        case .number(let number): String(number)
        default: nil
        }
    }

    /// A list of names as a path, `body.size`.
    fileprivate var path: String? {
        arrayValue.map { $0.compactMap(\.plainText).joined(separator: ".") }
    }
}

/// Finds JSON inside a text, such as the body of another server's response in an error's message.
enum JSONText {
    /// The object that begins at the first brace of the text; nil if it is not complete within the first 64 KiB, as
    /// much as is kept of an error body.
    static func first(in text: String) -> JSONValue? {
        let bytes = Array(text.utf8.prefix(64 * 1_024))
        guard let start = bytes.firstIndex(of: UInt8(ascii: "{")) else { return nil }
        var scanner = JSONScanner()
        return bytes[start...].withUnsafeBytes { rest in
            do throws(ScanFailure) {
                _ = try scanner.scanToEnd(rest)
                return try scanner.finish().value
            } catch {
                return nil
            }
        }
    }
}
