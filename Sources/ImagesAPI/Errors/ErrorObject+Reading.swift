extension ImagesAPIError.ErrorObject {
    /// The error in the body of a response, in the forms that servers and gateways send; nil if it has none of them.
    ///
    /// - Parameter depth: how many errors this one is inside of, since gateways put the error of a server into their own.
    init?(response: JSONValue, depth: Int = 0) {
        guard depth < 4 else { return nil }
        if let first = response.arrayValue?.first(where: { $0.objectValue != nil }) {
            self.init(response: first, depth: depth + 1)
            return
        }
        guard let members = response.objectValue else { return nil }
        switch members["error"] {
        case .some(.object(let inner)):
            self.init(members: inner, depth: depth)
            return
        case .some(.array(let list)) where !list.isEmpty:
            self.init(list: list, depth: depth)
            return
        case .some(.string(let text)) where !text.isEmpty:
            // The word is the message, or a code beside one.
            let message = Self.message(of: members.filter { $0.key != "error" })
            self.init(
                message: message ?? text, type: members["type"]?.stringValue,
                code: members["code"]?.plainText ?? (message == nil ? nil : text), depth: depth)
            return
        default: break
        }
        if let list = members["errors"]?.arrayValue, !list.isEmpty {
            self.init(list: list, depth: depth)
            return
        }
        // A gateway may say why in a body of its own.
        if let detail = members["detail"], detail.objectValue != nil,
            let inner = Self(response: detail, depth: depth + 1)
        {
            self = inner
            return
        }
        guard Self.message(of: members) != nil || members["code"]?.plainText != nil else { return nil }
        self.init(members: members, depth: depth)
    }

    private init(list: [JSONValue], depth: Int) {
        if let members = list.first?.objectValue {
            self.init(members: members, depth: depth)
        } else {
            self.init(message: list.first?.plainText ?? Self.noExplanation)
        }
    }

    init(members: [String: JSONValue], depth: Int = 0) {
        let known = ["message", "type", "param", "code"]
        self.init(
            message: Self.message(of: members) ?? Self.noExplanation, type: members["type"]?.plainText,
            param: members["param"]?.plainText ?? members["loc"]?.path,
            code: members["code"]?.plainText ?? members["statusCode"]?.plainText,
            extra: members.filter { !known.contains($0.key) }, depth: depth)
    }

    private static let noExplanation = "no explanation"

    /// An error whose message may contain the error of another server as JSON: its code and details are taken from there
    /// where the outer ones say no more than the status.
    private init(
        message: String, type: String?, param: String? = nil, code: String?, extra: [String: JSONValue] = [:],
        depth: Int
    ) {
        self.init(message: message, type: type, param: param, code: code, extra: extra)
        guard depth < 3, let inner = JSONText.first(in: message), let cause = Self(response: inner, depth: depth + 1)
        else { return }
        if code.flatMap(Int.init) != nil || code == nil { self.code = cause.code ?? code }
        if type == nil { self.type = cause.type }
        if param == nil { self.param = cause.param }
        self.extra = extra.merging(cause.extra) { own, _ in own }
    }

    /// The sentence under the names that servers use for it.
    private static func message(of members: [String: JSONValue]) -> String? {
        for name in ["message", "msg", "detail", "error_description", "reason", "title", "description"] {
            switch members[name] {
            case .some(.string(let text)) where !text.isEmpty: return text
            case .some(.array(let list)) where !list.isEmpty:
                return list.prefix(3).compactMap(sentence).joined(separator: "; ")
            case .some(.object(let inner)):
                if let text = inner["message"]?.stringValue ?? inner["msg"]?.stringValue { return text }
            default: continue
            }
        }
        return nil
    }

    /// One of several errors: a text, or what FastAPI says about a field.
    private static func sentence(_ value: JSONValue) -> String? {
        if let text = value.stringValue { return text }
        guard let text = value["msg"]?.stringValue ?? value["message"]?.stringValue else { return nil }
        return value["loc"]?.path.map { "\($0): \(text)" } ?? text
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
    /// The first object in the text that is complete and not longer than the error bodies that are kept.
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
