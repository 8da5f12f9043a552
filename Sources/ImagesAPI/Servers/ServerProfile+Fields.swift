extension ServerProfile {
    /// The fields of a request as this server takes them.
    ///
    /// - Parameters:
    ///   - extra: fields of the caller, which are sent as they are.
    ///   - inBatch: whether they are for a line of a batch, which has no path of its own.
    ///   - partialImages: how many partial images a stream requests; nil for a response that is not streamed.
    func fields(
        _ fields: RequestFields, of operation: Operation, extra: [String: JSONValue], inBatch: Bool = false,
        partialImages: Int? = nil
    ) -> RequestFields {
        var sent = RequestFields()
        for (name, value) in fields.entries {
            if extra[name] != nil {
                sent.set(name, value)
            } else if name == "model" {
                // Servers that have the deployment in the path refuse requests that name it again.
                if inBatch || !isModelInPath(of: operation), accepts("model") {
                    sent.set(wireName(of: "model"), .string(deployment(of: value.stringValue ?? "")))
                }
            } else if name == "size", let text = value.stringValue {
                if accepts("size") { for (name, value) in sizeFields(text) { sent.set(name, value) } }
            } else if accepts(name) {
                sent.set(wireName(of: name), wireValue(value, of: name))
            }
        }
        let formatName = wireName(of: "response_format")
        if let responseFormat, !sent.entries.contains(where: { $0.name == formatName }) {
            sent.set(formatName, wireValue(.string(responseFormat), of: "response_format"))
        }
        if let partialImages {
            // Whether the server streams is for `streaming` to say, so `stream` is sent even if `onlyFields` lacks it.
            sent.set(wireName(of: "stream"), .bool(true))
            if partialImages > 0, accepts("partial_images") { sent.set(wireName(of: "partial_images"), partialImages) }
        }
        sent.merge(self.fields)
        return sent
    }

    /// Whether the field may be sent.
    func accepts(_ field: String) -> Bool {
        !omittedFields.contains(field) && onlyFields?.contains(field) ?? true
    }

    func isModelInPath(of operation: Operation) -> Bool {
        paths[operation]?.contains(Self.deploymentPlaceholder) == true
    }

    /// The server's name of a model.
    func deployment(of model: String) -> String { deployments[Model(rawValue: model)] ?? model }

    /// The path of an operation, with the model's deployment in it.
    func path(of operation: Operation, model: Model?) throws(ImagesAPIError) -> String {
        guard let path = paths[operation] else {
            throw ImagesAPIError(
                .unsupportedFeature, missing(operation) + " Nothing was sent.",
                facts: ["server": name, "field": operation.rawValue])
        }
        guard let range = path.range(of: Self.deploymentPlaceholder) else { return path }
        guard let model else {
            throw ImagesAPIError(
                .invalidConfiguration, "The path of \(operation.rawValue) needs a model, and this request names none.")
        }
        return path[..<range.lowerBound] + PercentEncoding.escaped(deployment(of: model.rawValue))
            + path[range.upperBound...]
    }

    private static let deploymentPlaceholder = "{deployment}"

    private func wireName(of field: String) -> String { names[field] ?? field }

    private func wireValue(_ value: JSONValue, of field: String) -> JSONValue {
        value.stringValue.flatMap { values[field]?[$0] } ?? value
    }

    /// The fields that say a size, in the order of their names; none for `auto` where dimensions are needed.
    func sizeFields(_ text: String) -> [(String, JSONValue)] {
        let size = ImageSize(rawValue: text)
        return self.size.sorted { $0.key < $1.key }.compactMap { name, template in
            switch template {
            case "{size}": return (name, wireValue(.string(text), of: "size"))
            case "{width}": return size.width.map { (name, .integer($0)) }
            case "{height}": return size.height.map { (name, .integer($0)) }
            default:
                guard let width = size.width, let height = size.height else { return nil }
                let words = [
                    "{size}": text, "{width}": "\(width)", "{height}": "\(height)",
                    "{ratio}": nearestRatio(width: width, height: height),
                ]
                return (name, .string(words.reduce(template) { $0.replacingFirst($1.key, with: $1.value) }))
            }
        }
    }

    /// Whether the server can be told the size exactly.
    package var takesExactSize: Bool {
        guard accepts("size") else { return false }
        let all = size.values.joined()
        return all.range(of: "{size}") != nil || (all.range(of: "{width}") != nil && all.range(of: "{height}") != nil)
    }

    /// The ratio that the server is asked for in place of a size, or nil if it takes sizes, or nothing of the kind.
    package func ratio(for size: ImageSize) -> String? {
        guard accepts("size"), !takesExactSize, self.size.values.joined().range(of: "{ratio}") != nil,
            let width = size.width, let height = size.height
        else { return nil }
        return nearestRatio(width: width, height: height)
    }

    /// The name of the form or JSON field of an edit's image, one of so many.
    package func imageField(count: Int) -> String? { (form ?? json)?.field(count: count) }

    /// The name of the mask's field; nil if the server takes none.
    package var maskField: String? { (form ?? json)?.mask }

    /// The name of the markup's field; nil if the server takes none.
    package var markupField: String? { (form ?? json)?.markup }

    /// Whether the mask is also white where to edit.
    package var paintsMask: Bool { (form ?? json)?.paintsMask == true }

    /// Whether the server edits images.
    package var hasEdits: Bool { paths[.edits] != nil }

    /// Of the known ratios the nearest; if none are known, the exact one.
    private func nearestRatio(width: Int, height: Int) -> String {
        let wanted = Double(width) / Double(height)
        let known = aspectRatios.compactMap { text in Self.number(ratio: text).map { (text, $0) } }
        // Twice as wide is as far from square as twice as high.
        func distance(_ ratio: Double) -> Double { max(ratio / wanted, wanted / ratio) }
        if let nearest = known.min(by: { distance($0.1) < distance($1.1) }) { return nearest.0 }
        var (a, b) = (width, height)
        while b != 0 { (a, b) = (b, a % b) }
        return "\(width / a):\(height / a)"
    }

    /// The number of a text `WIDTH:HEIGHT`, or nil.
    static func number(ratio text: String) -> Double? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let width = Double(parts[0]), let height = Double(parts[1]), width > 0, height > 0,
            (width / height).isFinite
        else { return nil }
        return width / height
    }
}

extension String {
    /// The text with the first occurrence of a word replaced.
    fileprivate func replacingFirst(_ word: String, with other: String) -> String {
        guard let range = range(of: word) else { return self }
        return self[..<range.lowerBound] + other + self[range.upperBound...]
    }
}
