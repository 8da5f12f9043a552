/// A JSON object all of whose keys must be known: a misspelled key would have no effect, and a test that relies on it
/// would pass for the wrong reason.
struct StrictJSONObject<Key: CodingKey & CaseIterable> {
    private let values: KeyedDecodingContainer<RequestValue.AnyKey>
    private let aliases: [String: Key]

    /// Throws `dataCorrupted` at the first unknown key, with the known keys in its description.
    ///
    /// - Parameter aliases: Earlier names of keys, still accepted.
    init(_ decoder: any Decoder, keyedBy: Key.Type, aliases: [String: Key] = [:]) throws {
        values = try decoder.container(keyedBy: RequestValue.AnyKey.self)
        self.aliases = aliases
        let unknown = values.allKeys.filter {
            Key(stringValue: $0.stringValue) == nil && aliases[$0.stringValue] == nil
        }
        if let key = unknown.min(by: { $0.stringValue < $1.stringValue }) {
            let known = Key.allCases.map { "'\($0.stringValue)'" }.joined(separator: ", ")
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath + [key],
                    debugDescription: "'\(key.stringValue)' is not a known key. Known are \(known)."))
        }
    }

    /// The value of a key; nil if the key is absent or its value is null.
    subscript<Value: Decodable>(key: Key) -> Value? {
        get throws {
            if let value = try values.decodeIfPresent(Value.self, forKey: RequestValue.AnyKey(key)) { return value }
            guard let alias = aliases.first(where: { $0.value.stringValue == key.stringValue }) else { return nil }
            return try values.decodeIfPresent(Value.self, forKey: RequestValue.AnyKey(stringValue: alias.key))
        }
    }

    /// The value of a key that must be present.
    func required<Value: Decodable>(_ key: Key) throws -> Value {
        try values.decode(Value.self, forKey: RequestValue.AnyKey(key))
    }
}

extension RequestValue.AnyKey {
    fileprivate init(_ key: some CodingKey) { self.init(stringValue: key.stringValue) }
}
