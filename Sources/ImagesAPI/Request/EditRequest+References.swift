extension EditRequest {
    /// An image by reference instead of attached, for edits that are sent as JSON.
    public enum Reference: Sendable, Hashable {
        /// A URL that the server fetches.
        case url(String)
        /// The id of an uploaded file.
        case fileID(String)
        /// The image itself, within the JSON as a data URL of at most 20,971,520 characters.
        case inline(ImageUpload)

        static let maxCharacters = 20_971_520

        func check() throws(ImagesAPIError) {
            switch self {
            case .url(let text):
                guard !text.isEmpty, text.utf8.count <= Self.maxCharacters else {
                    throw ImagesAPIError(
                        .invalidRequest, "The URL of an image is empty or longer than \(Self.maxCharacters) characters."
                    )
                }
            case .fileID(let id):
                guard !id.isEmpty else { throw ImagesAPIError(.invalidRequest, "An image's file id is empty.") }
            case .inline(let upload):
                let characters =
                    "data:\(upload.contentType.rawValue);base64,".utf8.count + (upload.data.count + 2) / 3 * 4
                guard characters <= Self.maxCharacters else {
                    throw ImagesAPIError(
                        .imageTooLarge,
                        "An image is \(characters) characters as a data URL, \(Self.maxCharacters) are allowed; attach it instead, or make it smaller.",
                        facts: ["found": "\(characters)", "allowed": "\(Self.maxCharacters)"])
                }
            }
        }
    }
}

extension RequestBody {
    /// An edit by reference as JSON; images within it are encoded one after the other and never joined into one buffer.
    init(edit request: EditRequest, fields: RequestFields) throws(ImagesAPIError) {
        self.init()
        append(String(decoding: fields.json.dropLast(), as: UTF8.self) + ",\"images\":[")
        for (index, reference) in request.references.enumerated() {
            if index > 0 { append(",") }
            try append(reference)
        }
        append("]")
        if let mask = request.maskReference {
            append(",\"mask\":")
            try append(mask)
        }
        append("}")
    }

    private mutating func append(_ reference: EditRequest.Reference) throws(ImagesAPIError) {
        var fields = RequestFields()
        switch reference {
        case .url(let text): fields.set("image_url", text)
        case .fileID(let id): fields.set("file_id", id)
        case .inline(let upload):
            append("{\"image_url\":\"data:\(upload.contentType.rawValue);base64,")
            append(try Base64.encode(upload.data))
            append("\"}")
            return
        }
        append(json: fields)
    }
}
