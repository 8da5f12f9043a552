/// The named values of a request, from JSON or a form. Each is taken once; ``rejectUnknown()`` refuses the rest.
struct Parameters {
    enum Value: Sendable {
        case json(RequestValue)
        case text(String)
        case file(FormPart)

        var kind: String {
            switch self {
            case .json(let value): value.kind
            case .text: "a string"
            case .file: "a file"
            }
        }
    }

    private var values: [String: [Value]] = [:]
    private var order: [String] = []
    /// The prefix of names in error messages: for a nested object, its own name and a dot.
    private var path = ""

    init(object: [String: RequestValue]) {
        for (name, value) in object.sorted(by: { $0.key < $1.key }) { add(.json(value), to: name) }
    }

    init(parts: [FormPart]) throws(APIErrorResponse) {
        for part in parts {
            if part.isFile {
                add(.file(part), to: part.name)
            } else {
                guard let text = String(validating: part.data, as: UTF8.self) else {
                    throw APIErrorResponse(
                        400, "Invalid '\(part.name)': the text is not UTF-8.", param: part.name, code: "invalid_value")
                }
                add(.text(text), to: part.name)
            }
        }
    }

    private mutating func add(_ value: Value, to name: String) {
        if values[name] == nil { order.append(name) }
        values[name, default: []].append(value)
    }

    func contains(_ name: String) -> Bool { values[name] != nil }

    mutating func remove(_ name: String) { values[name] = nil }

    mutating func set(_ name: String, _ value: RequestValue) {
        values[name] = nil
        order.removeAll { $0 == name }
        add(.json(value), to: name)
    }

    /// Adds the values of a name to those of another.
    mutating func rename(_ name: String, to other: String) {
        for value in takeAll(name) { add(value, to: other) }
    }

    /// Removes values of other names; what follows a bracket does not count.
    mutating func keep(only names: Set<String>) {
        values = values.filter { names.contains(String($0.key.prefix { $0 != "[" })) }
    }

    /// Throws if there is a value of another name.
    func rejectAll(except names: Set<String>, status: Int = 400) throws(APIErrorResponse) {
        guard let name = order.first(where: { values[$0] != nil && !names.contains($0) }) else { return }
        var error = APIErrorResponse.unknown(path + name)
        error.status = status
        throw error
    }

    /// Whether a value is true; it stays.
    func isTrue(_ name: String) throws(APIErrorResponse) -> Bool {
        var copy = self
        return try copy.takeFlag(name) ?? false
    }

    mutating func takeJSON(_ name: String) throws(APIErrorResponse) -> RequestValue? {
        switch try take(name) {
        case nil: nil
        case .json(let value): value
        case let value?: throw .wrongType(path + name, expected: "an object", found: value.kind)
        }
    }

    /// All values of that name, in order.
    mutating func takeAll(_ name: String) -> [Value] {
        values.removeValue(forKey: name) ?? []
    }

    /// The only value of that name; JSON null counts as absent.
    mutating func take(_ name: String) throws(APIErrorResponse) -> Value? {
        let all = takeAll(name)
        guard all.count <= 1 else { throw .duplicate(path + name) }
        if case .json(.null) = all.first { return nil }
        return all.first
    }

    mutating func takeText(_ name: String) throws(APIErrorResponse) -> String? {
        switch try take(name) {
        case nil: nil
        case .text(let text), .json(.string(let text)): text
        case let value?: throw .wrongType(path + name, expected: "a string", found: value.kind)
        }
    }

    mutating func takeInteger(_ name: String, in range: ClosedRange<Int>) throws(APIErrorResponse) -> Int? {
        let value: Int
        switch try take(name) {
        case nil: return nil
        case .json(.integer(let integer)): value = integer
        case .text(let text):
            guard let integer = Int(text), "\(integer)" == text else {
                throw .wrongType(path + name, expected: "an integer", found: "a string")
            }
            value = integer
        case let other?: throw .wrongType(path + name, expected: "an integer", found: other.kind)
        }
        if value < range.lowerBound { throw .belowMinimum(path + name, value, minimum: range.lowerBound) }
        if value > range.upperBound { throw .aboveMaximum(path + name, value, maximum: range.upperBound) }
        return value
    }

    mutating func takeFlag(_ name: String) throws(APIErrorResponse) -> Bool? {
        switch try take(name) {
        case nil: nil
        case .json(.bool(let flag)): flag
        case .text("true"): true
        case .text("false"): false
        case let value?: throw .wrongType(path + name, expected: "a boolean", found: value.kind)
        }
    }

    mutating func takeChoice(_ name: String, of choices: [String]) throws(APIErrorResponse) -> String? {
        guard let text = try takeText(name) else { return nil }
        guard choices.contains(text) else { throw .invalidValue(path + name, text, supported: choices) }
        return text
    }

    /// Throws if a value is left that was not taken.
    func rejectUnknown() throws(APIErrorResponse) {
        if let name = order.first(where: { values[$0] != nil }) {
            throw .unknown(path + name)
        }
    }

    /// The members of the object of that name, in a form given one by one as `name[member]`; error messages call them
    /// `name.member`. Nil if there are none.
    mutating func takeObject(_ name: String) throws(APIErrorResponse) -> Parameters? {
        var members: Parameters?
        switch try take(name) {
        case nil: break
        case .json(.object(let object))?: members = Parameters(object: object)
        case let value?: throw .wrongType(path + name, expected: "an object", found: value.kind)
        }
        for key in order where key.hasPrefix(name + "[") {
            // Of `[a][b]`, the inner object gets `a[b]`.
            let rest = key.dropFirst(name.count + 1)
            guard let end = rest.firstIndex(of: "]"), !isJSON(key) else { continue }
            for value in takeAll(key) {
                members = members ?? Parameters(object: [:])
                members?.add(value, to: String(rest[..<end] + rest[rest.index(after: end)...]))
            }
        }
        members?.path = path + name + "."
        return members
    }

    private func isJSON(_ name: String) -> Bool {
        if case .json? = values[name]?.first { true } else { false }
    }
}
