/// The secret that opens the API; it never prints, dumps or encodes itself.
public struct APIKey: Sendable, Hashable {
    private let value: String

    /// A key as given, without surrounding blanks.
    ///
    /// - Throws: `invalidAPIKey` when it is empty or holds anything but visible ASCII (a line break in a key would forge
    ///   a header); the error does not repeat the key.
    public init(_ key: String) throws(ImagesAPIError) {
        let trimmed = key.drop { $0 == " " || $0 == "\t" }
        var value = String(trimmed)
        while value.last == " " || value.last == "\t" { value.removeLast() }
        guard !value.isEmpty, value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ImagesAPIError(
                .invalidAPIKey,
                "The API key is empty or holds a blank, a line break or a character outside ASCII; copy it again, without line breaks."
            )
        }
        self.value = value
    }

    /// The header values that carry the key; the only way out.
    func headerValue(prefix: String) -> String { prefix + value }
}

extension APIKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "***" }
    public var debugDescription: String { "***" }
    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}

extension APIKey: Encodable {
    /// Writes `***`; a stored configuration must get its key from elsewhere.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode("***")
    }
}
