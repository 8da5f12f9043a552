#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ModelProfile {
    /// The table of known models; it can be replaced while the program runs.
    public struct Catalog: Sendable, Hashable, Codable {
        /// The day the table describes, `YYYY-MM-DD`.
        public var date: String
        /// The source of the facts.
        public var source: String
        /// The known models.
        public var models: [ModelProfile]

        /// Reads a table from JSON in the form that ``encoded()`` writes.
        ///
        /// - Throws: `invalidConfiguration` that names the model and the invalid field.
        public init(json: Data) throws(ImagesAPIError) {
            do {
                self = try JSONDecoder().decode(Catalog.self, from: json)
            } catch {
                let explanation =
                    (error as? DecodingError).map { Self.explanation($0, in: json) } ?? String(describing: error)
                throw ImagesAPIError(
                    .invalidConfiguration,
                    "The model table is not valid: \(SanitizedText.sanitized(explanation, limit: 512))")
            }
            try check()
        }

        /// A table of your own; only tables from JSON are checked.
        public init(date: String, source: String, models: [ModelProfile]) {
            self.date = date
            self.source = source
            self.models = models
        }

        /// The invalid field, with the model's name in place of its index.
        private static func explanation(_ error: DecodingError, in json: Data) -> String {
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

        /// The names of a table's models.
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
            // A snapshot that is not in the table: the name, then `-YYYY-MM-DD`.
            let suffix = model.rawValue.suffix(11)
            let pattern = suffix.map { $0.isNumber ? "0" : $0 }
            guard String(pattern) == "-0000-00-00" else { return nil }
            let base = Model(rawValue: String(model.rawValue.dropLast(11)))
            return models.first { $0.model == base }
        }
    }
}

extension ModelProfile.Catalog {
    private static let replaced = Locked<ModelProfile.Catalog?>(nil)

    /// The table of this version of the library.
    public static let builtIn: ModelProfile.Catalog = {
        do throws(ImagesAPIError) {
            return try ModelProfile.Catalog(json: Data(builtInJSON.utf8))
        } catch {
            // A test reads the built-in table. With an empty one requests are sent all the same, without checks.
            return ModelProfile.Catalog(date: "", source: "", models: [])
        }
    }()

    /// The table that the whole process uses; set it to replace it.
    public static var current: ModelProfile.Catalog {
        get { replaced.withLock { $0 } ?? builtIn }
        set { replaced.withLock { $0 = newValue } }
    }
}
