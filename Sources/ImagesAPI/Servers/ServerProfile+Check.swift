extension ServerProfile {
    /// - Throws: `invalidConfiguration` that names the first invalid value; values themselves are not shown.
    package func check() throws(ImagesAPIError) {
        func refuse(_ key: String, _ problem: String) throws(ImagesAPIError) {
            throw ImagesAPIError(
                .invalidConfiguration,
                "The server profile \(SanitizedText.sanitized(name, limit: 64)) is not valid: \(key) \(problem).")
        }
        if name.isEmpty || name.utf8.count > 64 { try refuse("name", "is empty or longer than 64 bytes") }
        for (operation, path) in paths {
            let isPlain = path.utf8.allSatisfy { (0x21...0x7E).contains($0) } && !path.contains("#")
            if !path.hasPrefix("/") || path.hasPrefix("//") || !isPlain {
                try refuse("paths.\(operation.rawValue)", "must begin with one / and be ASCII without blanks")
            }
        }
        if let keyHeader, !RequestHeaders.isToken(keyHeader) || RequestHeaders.isFraming(keyHeader) {
            try refuse("keyHeader", "is not the name of a header field that can carry a key")
        }
        if !keyPrefix.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) {
            try refuse("keyPrefix", "holds a character outside ASCII")
        }
        if let maxImages, maxImages < 1 { try refuse("maxImages", "must be at least 1") }
        if let json {
            if json.url.occurrences(of: "{url}") != 1 {
                try refuse("json.url", "must hold {url} once, as a whole string")
            }
            if let file = json.file, file.occurrences(of: "{id}") != 1 {
                try refuse("json.file", "must hold {id} once, as a whole string")
            }
        }
        for images in [form, json].compactMap({ $0 }) where images.image == nil && images.images == nil {
            try refuse("form and json", "need a name in image or in images")
        }
        for ratio in aspectRatios where Self.number(ratio: ratio) == nil {
            try refuse("aspectRatios", "holds a text that is not WIDTH:HEIGHT")
        }
        for field in Self.ownFields.sorted() where fields.keys.contains(where: { $0.prefix { $0 != "[" } == field }) {
            try refuse("fields", "sets \(field), which the request itself sets")
        }
    }

    /// Fields that determine price, limits and how a response is read.
    private static let ownFields: Set = [
        "model", "prompt", "n", "stream", "partial_images", "image", "images", "mask", "markup",
    ]

    /// Why the server cannot do this, as the field concerned and a sentence; empty if it can.
    func obstacles(to request: GenerationRequest, streaming: Bool) -> [(field: String, message: String)] {
        obstacles(to: .generations, streaming: streaming)
    }

    /// The same for an edit. Without images, their number and how they are given is not checked.
    func obstacles(to request: EditRequest, streaming: Bool) -> [(field: String, message: String)] {
        var found = obstacles(to: .edits, streaming: streaming)
        guard paths[.edits] != nil else { return found }
        let isReferred = !request.references.isEmpty
        guard let names = isReferred ? json : form ?? json else {
            found.append(("images", "\(name) takes no images by reference; attach them."))
            return found
        }
        let count = max(request.images.count, request.references.count)
        if let limit = imageLimit(names), count > limit {
            found.append(("image", "\(count) images; \(name) takes \(limit)."))
        }
        if names.mask == nil, request.mask != nil || request.maskReference != nil {
            found.append(
                ("mask", "\(name) takes no mask; leave it out. An Editor then still keeps what was not selected."))
        }
        if names.markup == nil, request.markup != nil, !isReferred {
            found.append(("markup", "\(name) takes no markup; leave it out."))
        }
        let isFile = (request.references + [request.maskReference].compactMap { $0 }).contains {
            if case .fileID = $0 { true } else { false }
        }
        if isFile, names.file == nil {
            found.append(("images", "\(name) takes no file ids; give the images by URL or attach them."))
        }
        return found
    }

    private func obstacles(to operation: Operation, streaming: Bool) -> [(field: String, message: String)] {
        guard paths[operation] != nil else { return [(operation.rawValue, missing(operation))] }
        guard streaming, !self.streaming.contains(operation) else { return [] }
        return [
            (
                "stream",
                "\(name) does not stream \(operation.rawValue); request them without a stream, or list them in the "
                    + "profile's streaming."
            )
        ]
    }

    /// The most images of an edit that the server takes; nil if that is not known.
    package var imageLimit: Int? { (form ?? json).flatMap { imageLimit($0) } }

    private func imageLimit(_ names: ImageFields) -> Int? { names.images == nil ? 1 : maxImages }

    func missing(_ operation: Operation) -> String {
        operation == .variations
            ? "\(name) has no variations; leave isEmulated out, and an edit is sent instead."
            : "\(name) has no \(operation.rawValue); use another server, or name the path in the profile's paths."
    }

    /// - Throws: `unsupportedFeature` for the first obstacle, before anything is sent.
    func require(_ obstacles: [(field: String, message: String)]) throws(ImagesAPIError) {
        guard let first = obstacles.first else { return }
        throw ImagesAPIError(
            .unsupportedFeature, first.message + " Nothing was sent.", facts: ["server": name, "field": first.field])
    }
}

extension JSONValue {
    /// How often a string of the value, at any depth, equals the text.
    fileprivate func occurrences(of text: String) -> Int {
        switch self {
        case .string(let value): value == text ? 1 : 0
        case .array(let elements): elements.reduce(0) { $0 + $1.occurrences(of: text) }
        case .object(let members): members.values.reduce(0) { $0 + $1.occurrences(of: text) }
        default: 0
        }
    }
}
