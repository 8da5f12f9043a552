/// A JSON object of a script, all of whose keys are known: a misspelt one would do nothing, and a test that counts on it
/// would pass for the wrong reason.
struct ScriptObject<Key: CodingKey & CaseIterable> {
    private let values: KeyedDecodingContainer<Key>

    /// Throws `dataCorrupted`, at the key and with the names that are known, when there is another key.
    init(_ decoder: any Decoder, keyedBy: Key.Type) throws {
        let members = try decoder.container(keyedBy: JSONValue.AnyKey.self)
        let unknown = members.allKeys.filter { Key(stringValue: $0.stringValue) == nil }
        if let key = unknown.min(by: { $0.stringValue < $1.stringValue }) {
            let known = Key.allCases.map { "'\($0.stringValue)'" }.joined(separator: ", ")
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath + [key],
                    debugDescription: "'\(key.stringValue)' is no key here. Known are \(known)."))
        }
        values = try decoder.container(keyedBy: Key.self)
    }

    /// The value under a key; nil when there is none, or null.
    subscript<Value: Decodable>(key: Key) -> Value? {
        get throws { try values.decodeIfPresent(Value.self, forKey: key) }
    }

    /// The value under a key that must be there.
    func required<Value: Decodable>(_ key: Key) throws -> Value {
        try values.decode(Value.self, forKey: key)
    }
}
