/// A file that the server keeps.
public struct APIFile: Sendable, Hashable {
    /// The server's name for the file.
    public var id: String
    /// The file's size in bytes.
    public var byteCount: Int?
    /// When the file was uploaded or made, in Unix seconds.
    public var created: Int?
    /// When the server deletes the file, in Unix seconds; nil if it keeps it.
    public var expires: Int?
    /// The name that the file was uploaded under.
    public var filename: String?
    /// What the file is for, such as `batch`, `batch_output`, `vision` or `user_data`.
    public var purpose: String?
    /// The server's processing state.
    public var status: String?
    /// What is wrong with the file, if the server says so.
    public var statusDetails: String?
    /// The whole object as the server sent it.
    public var raw: JSONValue

    init(_ value: JSONValue) throws(ImagesAPIError) {
        guard let id = value["id"]?.stringValue else {
            throw ImagesAPIError(.malformedResponse, "The response describes no file; it has no id.")
        }
        self.id = id
        byteCount = value["bytes"]?.integerValue
        created = value["created_at"]?.integerValue
        expires = value["expires_at"]?.integerValue
        filename = value["filename"]?.stringValue
        purpose = value["purpose"]?.stringValue
        status = value["status"]?.stringValue
        statusDetails = value["status_details"]?.stringValue
        raw = value
    }
}
