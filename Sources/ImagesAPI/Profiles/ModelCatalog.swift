#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The models that are known, as a table that can be replaced while the program runs.
public struct ModelCatalog: Sendable, Hashable, Codable {
    /// The day the table describes, `YYYY-MM-DD`.
    public var date: String
    /// Where the facts were read.
    public var source: String
    public var models: [ModelProfile]

    /// A table from its JSON, in the form ``encoded()`` writes.
    ///
    /// - Throws: `invalidConfiguration` that names the model and the field that do not fit.
    public init(json: Data) throws(ImagesAPIError) {
        do {
            self = try JSONDecoder().decode(ModelCatalog.self, from: json)
        } catch {
            let words = (error as? DecodingError).map { Self.words($0, in: json) } ?? String(describing: error)
            throw ImagesAPIError(
                .invalidConfiguration, "The model table does not fit: \(SanitizedText.sanitized(words, limit: 512))")
        }
        try check()
    }

    /// A table of your own, as it is; only one that comes as JSON is checked.
    public init(date: String, source: String, models: [ModelProfile]) {
        self.date = date
        self.source = source
        self.models = models
    }

    /// What does not fit, with the model's name in place of its number.
    private static func words(_ error: DecodingError, in json: Data) -> String {
        var path: [any CodingKey]
        let reason: String
        switch error {
        case .keyNotFound(let key, let context): (path, reason) = (context.codingPath + [key], "is missing")
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            (path, reason) = (context.codingPath, context.debugDescription)
        @unknown default: return String(describing: error)
        }
        var model = ""
        if path.count > 1, path[0].stringValue == "models", let index = path[1].intValue {
            let names = (try? JSONDecoder().decode(Names.self, from: json))?.models ?? []
            model = "\(names.indices.contains(index) ? names[index].model ?? "model \(index)" : "model \(index)"): "
            path.removeFirst(2)
        }
        return "\(model)\(path.map(\.stringValue).joined(separator: ".")) \(reason)"
    }

    /// A table of which only the names are read.
    private struct Names: Decodable {
        struct Entry: Decodable { var model: String? }
        var models: [Entry]
    }

    /// The table as JSON, keys sorted.
    public func encoded() throws(ImagesAPIError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        do {
            return try encoder.encode(self)
        } catch {
            throw ImagesAPIError(.invalidConfiguration, "The model table cannot be written: \(error)")
        }
    }

    /// The profile of a model or of one of its dated snapshots, or nil.
    public func profile(for model: Model) -> ModelProfile? {
        if let exact = models.first(where: { $0.model == model || $0.snapshots.contains(model) }) { return exact }
        // A snapshot the table does not list yet: the name, then `-YYYY-MM-DD`.
        let suffix = model.rawValue.suffix(11)
        let pattern = suffix.map { $0.isNumber ? "0" : $0 }
        guard String(pattern) == "-0000-00-00" else { return nil }
        let base = Model(rawValue: String(model.rawValue.dropLast(11)))
        return models.first { $0.model == base }
    }
}

extension ModelCatalog {
    private static let replaced = Locked<ModelCatalog?>(nil)

    /// The table this version was built with.
    public static let builtIn: ModelCatalog = {
        do throws(ImagesAPIError) {
            return try ModelCatalog(json: Data(builtInJSON.utf8))
        } catch {
            // A test reads the built-in table; an empty one only loses advice, never a request.
            return ModelCatalog(date: "", source: "", models: [])
        }
    }()

    /// The table in force for the whole process; set it to use another from now on.
    public static var current: ModelCatalog {
        get { replaced.withLock { $0 } ?? builtIn }
        set { replaced.withLock { $0 = newValue } }
    }
}
