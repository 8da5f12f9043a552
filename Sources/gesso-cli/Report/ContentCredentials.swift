import Gesso

/// What became of a manifest: it holds for the bytes that it was made for, and goes with any others.
enum ContentCredentials: String, Encodable {
    case kept
    case removed

    /// The source's, in a file made of it.
    init?(of source: ImageHeader, isUntouched: Bool) {
        guard source.metadata.contains(.c2pa) else { return nil }
        self = isUntouched ? .kept : .removed
    }

    /// One line for people: what went.
    static func removal(from source: ImageHeader) -> String? {
        guard source.metadata.contains(.c2pa) else { return nil }
        let words = source.provenance.map { " (\($0); not verified)" } ?? ""
        return "content credentials\(words) left out: they hold for the source's bytes alone"
    }
}

extension EditReport {
    /// An edited image is neither the original's bytes nor the model's, so neither's content credentials hold for it.
    static func credentialsLeftOut(_ result: EditResult) -> [String] {
        var removals = [String]()
        if let note = result.preparations.first.flatMap({ ContentCredentials.removal(from: $0.header) }) {
            removals.append("original: \(note)")
        }
        for (index, file) in result.images.flatMap(\.returned).enumerated() {
            guard let header = try? ImageHeader(probing: file),
                let note = ContentCredentials.removal(from: header)
            else { continue }
            removals.append("returned image \(index): \(note)")
        }
        return removals
    }
}
