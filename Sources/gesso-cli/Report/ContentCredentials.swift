import Gesso

/// Whether a file has its source's manifest, which is valid only for the unchanged bytes.
enum ContentCredentials: String, Encodable {
    case kept
    case removed

    /// For a file made from `source`; nil if the source has none.
    init?(of source: ImageHeader, isUntouched: Bool) {
        guard source.metadata.contains(.c2pa) else { return nil }
        self = isUntouched ? .kept : .removed
    }

    /// A note about removed content credentials; nil if the source has none.
    static func removal(from source: ImageHeader) -> String? {
        guard source.metadata.contains(.c2pa) else { return nil }
        let details = source.provenance.map { " (\($0); not verified)" } ?? ""
        return "content credentials\(details) removed: they are valid only for the source's bytes"
    }
}

extension EditReport {
    /// Notes about removed content credentials: those of the original and of the model's image are not valid for the edit.
    static func credentialsLeftOut(_ result: EditResult) -> [String] {
        var removals = [String]()
        if let note = ContentCredentials.removal(from: result.prepared.plan.header) {
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
