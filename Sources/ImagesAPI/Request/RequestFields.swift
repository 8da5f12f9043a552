/// The fields of a request in the order they are sent, ready for JSON or for a form.
struct RequestFields {
    private(set) var entries: [(name: String, value: JSONValue)] = []

    mutating func set(_ name: String, _ value: JSONValue?) {
        guard let value else { return }
        if let index = entries.firstIndex(where: { $0.name == name }) {
            entries[index].value = value
        } else {
            entries.append((name, value))
        }
    }

    mutating func set(_ name: String, _ text: String?) { set(name, text.map(JSONValue.string)) }
    mutating func set(_ name: String, _ number: Int?) { set(name, number.map(JSONValue.integer)) }
    mutating func set(_ name: String, _ value: (some ExtensibleString)?) {
        set(name, value.map { .string($0.rawValue) })
    }

    mutating func set(svgModel: String?, effort: GenerationRequest.Level?) {
        guard svgModel != nil || effort != nil else { return }
        var members: [String: JSONValue] = [:]
        if let svgModel { members["model"] = .string(svgModel) }
        if let effort { members["reasoning"] = .object(["effort": .string(effort.rawValue)]) }
        set("svg", .object(members))
    }

    mutating func merge(_ extra: [String: JSONValue]) {
        for (name, value) in extra.sorted(by: { $0.key < $1.key }) { set(name, value) }
    }

    /// The fields as one JSON object.
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.write(fields: entries)
        return writer.bytes
    }

    /// The fields of a form: nested objects as `svg[model]`, lists as `name[]`; nulls are left out.
    var form: [(name: String, text: String)] {
        entries.flatMap { Self.flatten($0.value, name: $0.name) }
    }

    private static func flatten(_ value: JSONValue, name: String) -> [(name: String, text: String)] {
        switch value {
        case .null: []
        case .string(let text): [(name, text)]
        case .array(let elements): elements.flatMap { flatten($0, name: name + "[]") }
        case .object(let members):
            members.sorted { $0.key < $1.key }.flatMap { flatten($0.value, name: "\(name)[\($0.key)]") }
        case .bool, .integer, .number:
            [(name, value.json)]
        }
    }
}

extension GenerationRequest {
    var fields: RequestFields {
        var fields = RequestFields()
        fields.set("model", model)
        fields.set("prompt", prompt)
        fields.set("n", n)
        fields.set("size", size)
        fields.set("quality", quality)
        fields.set("background", background)
        fields.set("output_format", outputFormat)
        fields.set("output_compression", outputCompression)
        fields.set("moderation", moderation)
        fields.set("complexity", complexity)
        fields.set("frame_count", frameCount)
        fields.set("frame_duration_ms", frameDurationMilliseconds)
        fields.set(svgModel: svgModel, effort: svgEffort)
        fields.set("response_format", responseFormat)
        fields.set("style", style)
        fields.set("safety_identifier", safetyIdentifier)
        fields.set("user", user)
        fields.merge(extra)
        return fields
    }
}

extension EditRequest {
    /// All fields except the images, as OpenAI's API has them.
    var fields: RequestFields { fields(for: .openAI) }

    /// All fields except the images, before a server's own names are used.
    func fields(for server: ServerProfile) -> RequestFields {
        var fields = RequestFields()
        fields.set("model", model)
        fields.set("prompt", prompt)
        fields.set("n", n)
        fields.set("size", size)
        fields.set("quality", quality)
        fields.set("background", background)
        fields.set("output_format", outputFormat)
        fields.set("output_compression", outputCompression)
        fields.set("input_fidelity", inputFidelity)
        // The form does not have this field.
        if !references.isEmpty { fields.set("moderation", moderation) }
        fields.set("complexity", complexity)
        fields.set("frame_count", frameCount)
        fields.set("frame_duration_ms", frameDurationMilliseconds)
        fields.set(svgModel: svgModel, effort: svgEffort)
        // OpenAI's JSON of edits by reference does not have this field; servers with edits in JSON only do.
        if references.isEmpty || server.form == nil { fields.set("response_format", responseFormat) }
        fields.set("safety_identifier", safetyIdentifier)
        fields.set("user", user)
        fields.merge(extra)
        return fields
    }
}
