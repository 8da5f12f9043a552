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
    /// An edit as JSON; images within it are encoded one after the other and never joined into one buffer.
    init(
        edit request: EditRequest, fields: RequestFields,
        names: ServerProfile.ImageFields = ServerProfile.references
    ) throws(ImagesAPIError) {
        self.init()
        let images = request.references.isEmpty ? request.images.map(EditRequest.Reference.inline) : request.references
        append(String(decoding: fields.json.dropLast(), as: UTF8.self))
        var isFirst = fields.entries.isEmpty
        if images.count == 1, let name = names.image {
            try append(images[0], named: name, names, &isFirst)
        } else if let name = names.images {
            appendName(name, &isFirst)
            append("[")
            for (index, image) in images.enumerated() {
                if index > 0 { append(",") }
                try append(image, names)
            }
            append("]")
        }
        if let name = names.mask, let mask = request.maskReference ?? request.mask.map(EditRequest.Reference.inline) {
            try append(mask, named: name, names, &isFirst)
        }
        if let name = names.markup, let markup = request.markup.map(EditRequest.Reference.inline) {
            try append(markup, named: name, names, &isFirst)
        }
        append("}")
    }

    private mutating func appendName(_ name: String, _ isFirst: inout Bool) {
        append(isFirst ? "" : ",")
        append(JSONValue.string(name).json + ":")
        isFirst = false
    }

    private mutating func append(
        _ reference: EditRequest.Reference, named name: String, _ names: ServerProfile.ImageFields,
        _ isFirst: inout Bool
    ) throws(ImagesAPIError) {
        appendName(name, &isFirst)
        try append(reference, names)
    }

    /// A reference in the form that the server has for them.
    private mutating func append(
        _ reference: EditRequest.Reference, _ names: ServerProfile.ImageFields
    ) throws(ImagesAPIError) {
        switch reference {
        case .url(let text):
            append(template: names.url, "{url}") { $0.append(JSONValue.string(text).json) }
        case .fileID(let id):
            append(template: names.file ?? .null, "{id}") { $0.append(JSONValue.string(id).json) }
        case .inline(let upload):
            let base64 = try Base64.encode(upload.data)
            append(template: names.url, "{url}") { body in
                body.append("\"data:\(upload.contentType.rawValue);base64,")
                body.append(base64)
                body.append("\"")
            }
        }
    }

    /// The JSON of a template, with what `appendValue` appends in place of the string that equals `placeholder`.
    private mutating func append(
        template: JSONValue, _ placeholder: String, _ appendValue: (inout RequestBody) -> Void
    ) {
        let text = template.json
        guard let range = text.range(of: "\"\(placeholder)\"") else { return append(text) }
        append(String(text[..<range.lowerBound]))
        appendValue(&self)
        append(String(text[range.upperBound...]))
    }
}
