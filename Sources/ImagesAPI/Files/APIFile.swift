/// What a file is for.
public struct FilePurpose: OpenString {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    public static let batch = Self(rawValue: "batch")
    public static let batchOutput = Self(rawValue: "batch_output")
    public static let vision = Self(rawValue: "vision")
    public static let userData = Self(rawValue: "user_data")
    public static let assistants = Self(rawValue: "assistants")
}

/// A file kept by the server.
public struct APIFile: Sendable, Hashable {
    public var id: String
    public var byteCount: Int?
    /// Unix seconds.
    public var created: Int?
    /// Unix seconds.
    public var expires: Int?
    public var filename: String?
    public var purpose: FilePurpose?
    public var status: String?
    /// The whole object.
    public var raw: JSONValue

    init(_ value: JSONValue) throws(ImagesAPIError) {
        guard let id = value["id"]?.stringValue else {
            throw ImagesAPIError(.malformedResponse, "The answer describes no file; it has no id.")
        }
        self.id = id
        byteCount = value["bytes"]?.integerValue
        created = value["created_at"]?.integerValue
        expires = value["expires_at"]?.integerValue
        filename = value["filename"]?.stringValue
        purpose = value["purpose"]?.stringValue.map(FilePurpose.init(rawValue:))
        status = value["status"]?.stringValue
        raw = value
    }
}
