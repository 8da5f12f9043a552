#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ServerProfile {
    /// Reads a profile from JSON; what is left out is as in ``generic``, and `null` stands for none.
    ///
    /// - Throws: `invalidConfiguration` that names a key that is unknown, or whose value is not valid.
    public init(json: Data) throws(ImagesAPIError) {
        do {
            self = try JSONDecoder().decode(ServerProfile.self, from: json)
        } catch {
            throw ImagesAPIError(
                .invalidConfiguration, "The server profile is not valid: \(Self.explanation(error))")
        }
        try check()
    }

    /// The profile as JSON, all keys in sorted order.
    public func encoded() throws(ImagesAPIError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do {
            return try encoder.encode(self)
        } catch {
            throw ImagesAPIError(.invalidConfiguration, "The server profile cannot be written: \(error)")
        }
    }

    private static func explanation(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "it cannot be read." }
        let (path, reason): ([any CodingKey], String)
        switch error {
        case .keyNotFound(let key, let context): (path, reason) = (context.codingPath + [key], "is missing")
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            (path, reason) = (context.codingPath, "has a value of another type")
        case .dataCorrupted(let context):
            (path, reason) = (
                context.codingPath, context.codingPath.isEmpty ? "It is not JSON" : context.debugDescription
            )
        @unknown default: return "it cannot be read."
        }
        let place = path.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        return SanitizedText.sanitized(place.isEmpty ? "\(reason)." : "\(place) \(reason).", limit: 512)
    }
}

extension ServerProfile: Codable {
    private enum Key: String, CodingKey, CaseIterable {
        case name, baseURL, baseURLVariable, paths, apiVersion, keyHeader, keyPrefix, needsKey, keyVariables,
            deployments
        case form, json, maxImages, takesWebP, size, aspectRatios, names, values, onlyFields, omittedFields,
            responseFormat, fields
        case streaming
    }

    /// Decodes a profile; members that are missing have the values of the generic one, unknown ones are an error.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(strictlyKeyedBy: Key.self)
        self.init(try container.decode(String.self, forKey: .name))
        try container.read(.baseURL, into: &baseURL)
        // An address in a profile is not replaced by one that belongs to another server.
        if baseURL != nil { baseURLVariable = nil }
        try container.read(.baseURLVariable, into: &baseURLVariable)
        if container.contains(.paths) {
            let changes = try container.decode([String: String?].self, forKey: .paths)
            for (name, path) in changes.sorted(by: { $0.key < $1.key }) {
                let operation = try Self.operation(name, at: container.codingPath + [Key.paths, AnyKey(name)])
                paths[operation] = path
            }
        }
        try container.read(.apiVersion, into: &apiVersion)
        try container.read(.keyHeader, into: &keyHeader)
        try container.readValue(.keyPrefix, into: &keyPrefix)
        try container.readValue(.needsKey, into: &needsKey)
        try container.readValue(.keyVariables, into: &keyVariables)
        let deployments = try container.decodeIfPresent([String: String].self, forKey: .deployments) ?? [:]
        for (model, name) in deployments { self.deployments[Model(rawValue: model)] = name }
        try container.read(.form, into: &form)
        if container.contains(.json) {
            json = try container.decodeIfPresent(References.self, forKey: .json)?.fields
        }
        try container.read(.maxImages, into: &maxImages)
        try container.readValue(.takesWebP, into: &takesWebP)
        try container.readValue(.size, into: &size)
        try container.readValue(.aspectRatios, into: &aspectRatios)
        try container.readValue(.names, into: &names)
        try container.readValue(.values, into: &values)
        try container.read(.onlyFields, into: &onlyFields)
        try container.readValue(.omittedFields, into: &omittedFields)
        try container.read(.responseFormat, into: &responseFormat)
        try container.readValue(.fields, into: &fields)
        if let names = try container.decodeIfPresent([String].self, forKey: .streaming) {
            streaming = []
            for (index, name) in names.enumerated() {
                streaming.insert(
                    try Self.operation(name, at: container.codingPath + [Key.streaming, AnyKey("\(index)")]))
            }
        }
    }

    private static func operation(_ name: String, at path: [any CodingKey]) throws -> Operation {
        if let operation = Operation(rawValue: name) { return operation }
        let known = Operation.allCases.map(\.rawValue).joined(separator: ", ")
        throw DecodingError.dataCorrupted(
            .init(codingPath: path, debugDescription: "is not a known operation; known are \(known)"))
    }

    /// Encodes every member, so that the profile can be stored and changed.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .name)
        try container.encode(baseURL, forKey: .baseURL)
        try container.encode(baseURLVariable, forKey: .baseURLVariable)
        var paths: [String: String?] = [:]
        for operation in Operation.allCases { paths.updateValue(self.paths[operation], forKey: operation.rawValue) }
        try container.encode(paths, forKey: .paths)
        try container.encode(apiVersion, forKey: .apiVersion)
        try container.encode(keyHeader, forKey: .keyHeader)
        try container.encode(keyPrefix, forKey: .keyPrefix)
        try container.encode(needsKey, forKey: .needsKey)
        try container.encode(keyVariables, forKey: .keyVariables)
        try container.encode(
            Dictionary(uniqueKeysWithValues: deployments.map { ($0.key.rawValue, $0.value) }), forKey: .deployments)
        try container.encode(form, forKey: .form)
        try container.encode(json, forKey: .json)
        try container.encode(maxImages, forKey: .maxImages)
        try container.encode(takesWebP, forKey: .takesWebP)
        try container.encode(size, forKey: .size)
        try container.encode(aspectRatios, forKey: .aspectRatios)
        try container.encode(names, forKey: .names)
        try container.encode(values, forKey: .values)
        try container.encode(onlyFields, forKey: .onlyFields)
        try container.encode(omittedFields, forKey: .omittedFields)
        try container.encode(responseFormat, forKey: .responseFormat)
        try container.encode(fields, forKey: .fields)
        try container.encode(streaming.sorted { $0.rawValue < $1.rawValue }, forKey: .streaming)
    }
}

extension ServerProfile.ImageFields: Codable {
    private enum Key: String, CodingKey, CaseIterable { case image, images, mask, markup, paintsMask, url, file }

    /// Decodes the fields of an edit; members that are missing have their defaults.
    public init(from decoder: any Decoder) throws { self = try Self(from: decoder, defaults: Self()) }

    fileprivate init(from decoder: any Decoder, defaults: Self) throws {
        let container = try decoder.container(strictlyKeyedBy: Key.self)
        self = defaults
        try container.read(.image, into: &image)
        try container.read(.images, into: &images)
        try container.read(.mask, into: &mask)
        try container.read(.markup, into: &markup)
        try container.readValue(.paintsMask, into: &paintsMask)
        try container.readValue(.url, into: &url)
        try container.read(.file, into: &file)
    }

    /// Encodes every member.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(image, forKey: .image)
        try container.encode(images, forKey: .images)
        try container.encode(mask, forKey: .mask)
        try container.encode(markup, forKey: .markup)
        try container.encode(paintsMask, forKey: .paintsMask)
        try container.encode(url, forKey: .url)
        try container.encode(file, forKey: .file)
    }
}

/// Image fields whose defaults are those of OpenAI's JSON instead of its form.
private struct References: Decodable {
    let fields: ServerProfile.ImageFields

    init(from decoder: any Decoder) throws {
        fields = try ServerProfile.ImageFields(from: decoder, defaults: ServerProfile.references)
    }
}

/// A key of any name.
private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
}

extension Decoder {
    /// The container of an object all of whose keys must be known: a misspelled one would have no effect.
    fileprivate func container<Key: CodingKey & CaseIterable>(
        strictlyKeyedBy type: Key.Type
    ) throws -> KeyedDecodingContainer<Key> {
        let unknown = try container(keyedBy: AnyKey.self).allKeys.filter { Key(stringValue: $0.stringValue) == nil }
        if let key = unknown.min(by: { $0.stringValue < $1.stringValue }) {
            let known = Key.allCases.map(\.stringValue).joined(separator: ", ")
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath + [key], debugDescription: "is not a known key; known are \(known)"))
        }
        return try container(keyedBy: type)
    }
}

extension KeyedDecodingContainer {
    /// Replaces a value by that of a key that is present; null makes it nil.
    fileprivate func read<Value: Decodable>(_ key: Key, into value: inout Value?) throws {
        guard contains(key) else { return }
        value = try decodeIfPresent(Value.self, forKey: key)
    }

    /// Replaces a value by that of a key that is present and not null.
    fileprivate func readValue<Value: Decodable>(_ key: Key, into value: inout Value) throws {
        value = try decodeIfPresent(Value.self, forKey: key) ?? value
    }
}
