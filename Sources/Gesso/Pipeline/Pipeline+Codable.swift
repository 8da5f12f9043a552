import Synchronization

/// The stages that JSON can name: ours, and those a program registers.
///
/// A pipeline is stored as an array of objects, each with the stage's name under `stage` beside its parameters, so that
/// it can wait in a job queue and run elsewhere.
enum StageRegistry {
    private typealias Decode = @Sendable (any Decoder) throws -> any Stage

    private static let registered = Mutex<[String: Decode]>([:])

    private static let ours: [String: Decode] = {
        var table: [String: Decode] = [:]
        func add<S: Stage & Decodable>(_ type: S.Type) { table[String(describing: type)] = { try S(from: $0) } }
        add(Orient.self)
        add(ConvertToSRGB.self)
        add(Resize.self)
        add(Crop.self)
        add(Pad.self)
        add(Outpaint.self)
        add(Flatten.self)
        add(AddAlpha.self)
        add(ApplyMask.self)
        add(SetMask.self)
        add(FitToModel.self)
        add(Restore.self)
        add(Rotate.self)
        add(Flip.self)
        add(Trim.self)
        add(Sharpen.self)
        add(Thumbnail.self)
        add(PrepareForEncoding.self)
        add(Pipeline.self)
        // What stored pipelines call stages that have other names now.
        table["Convert"] = table["PrepareForEncoding"]
        table["SelectArea"] = table["SetMask"]
        return table
    }()

    static func isOurs(_ name: String) -> Bool { ours[name] != nil }

    /// Lets pipelines with this type of stage be decoded; its name is the type's.
    static func register<S: Stage & Codable>(_ type: S.Type) {
        registered.withLock { $0[String(describing: type)] = { try S(from: $0) } }
    }

    static func decode(_ name: String, from decoder: any Decoder) throws -> any Stage {
        guard let decode = ours[name] ?? registered.withLock({ $0[name] }) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "No stage is called \(name); register it with Pipeline.register first."))
        }
        return try decode(decoder)
    }
}

extension Pipeline {
    /// Lets stored pipelines that contain stages of this type be decoded; the stage's name in JSON is the type's.
    public static func register<S: Stage & Codable>(_ type: S.Type) { StageRegistry.register(type) }
}

extension Pipeline: Codable {
    private enum CodingKeys: CodingKey { case stages }
    private enum StageKeys: CodingKey { case stage }

    public init(from decoder: any Decoder) throws {
        var list = try decoder.container(keyedBy: CodingKeys.self).nestedUnkeyedContainer(forKey: .stages)
        var stages: [any Stage] = []
        while !list.isAtEnd { stages.append(try list.decode(NamedStage.self).stage) }
        self.init(stages)
    }

    /// Throws `EncodingError` for a stage that is not `Encodable`: `Composite` holds pixels and is none.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        var list = container.nestedUnkeyedContainer(forKey: .stages)
        for stage in stages { try list.encode(NamedStage(stage: stage)) }
    }

    /// A stage beside its name.
    private struct NamedStage: Codable {
        let stage: any Stage

        init(stage: any Stage) { self.stage = stage }

        init(from decoder: any Decoder) throws {
            let name = try decoder.container(keyedBy: StageKeys.self).decode(String.self, forKey: .stage)
            stage = try StageRegistry.decode(name, from: decoder)
        }

        func encode(to encoder: any Encoder) throws {
            guard let encodable = stage as? any Encodable else {
                throw EncodingError.invalidValue(
                    stage, .init(codingPath: encoder.codingPath, debugDescription: "\(stage.name) cannot be stored."))
            }
            var container = encoder.container(keyedBy: StageKeys.self)
            try container.encode(String(describing: type(of: stage)), forKey: .stage)
            try encodable.encode(to: encoder)
        }
    }
}
