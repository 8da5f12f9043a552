/// A word the server defines and may extend: the known ones are static members, any other is kept as it came.
public protocol ExtensibleString: RawRepresentable, Hashable, Sendable, Codable, ExpressibleByStringLiteral,
    CustomStringConvertible, LosslessStringConvertible
where RawValue == String {
    init(rawValue: String)
}

extension ExtensibleString {
    public init(stringLiteral value: String) { self.init(rawValue: value) }
    public init(_ description: String) { self.init(rawValue: description) }
    public var description: String { rawValue }
}
