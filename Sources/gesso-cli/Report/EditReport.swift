import Foundation
import Gesso

/// What `edit` did.
struct EditReport: Report {
    let outputs: [WrittenFile]
    let usage: Usage?
    let cost: Double?
    let requestID: String?
    let preparation: PreparationReport
    /// One for each picture; the first is the one most people ask for.
    let audits: [EditAudit]
    let rawAudits: [EditAudit]
    /// What could not be done as asked.
    let notes: [String]

    enum CodingKeys: CodingKey { case outputs, usage, cost, requestID, preparation, audit, audits, rawAudits, notes }

    init(_ result: EditResult, files: [URL]) {
        let images = result.pictures.flatMap { $0.outputs.map(\.image) }
        outputs = zip(files, images).map { WrittenFile($0, $1) }
        usage = result.usage
        cost = result.usage.flatMap { ModelProfile.profile(for: result.preparation.options.model)?.cost(of: $0) }
        requestID = result.requestID
        preparation = PreparationReport(result.preparation, paths: [])
        audits = result.pictures.compactMap(\.audit)
        rawAudits = result.pictures.compactMap(\.rawAudit)
        notes = result.pictures.flatMap { $0.outputs.compactMap(\.note) }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(outputs, forKey: .outputs)
        try container.encode(usage, forKey: .usage)
        try container.encode(cost, forKey: .cost)
        try container.encode(requestID, forKey: .requestID)
        try container.encode(preparation, forKey: .preparation)
        try container.encode(audits.first, forKey: .audit)
        try container.encode(audits, forKey: .audits)
        try container.encode(rawAudits, forKey: .rawAudits)
        try container.encode(notes, forKey: .notes)
    }

    func printSummary() {
        for output in outputs { print(output.line) }
        for note in notes { print("! \(note)") }
        for (audit, raw) in zip(audits, rawAudits) {
            print(
                "outside the mask: \(audit.changedPixelsOutside) pixels changed; the model had changed "
                    + "\(raw.changedPixelsOutside) (by \(Amount.fixed(raw.meanDrift, 1)) levels on average)")
        }
    }
}

/// What was made ready for upload.
struct PreparationReport: Report {
    struct Part: Encodable {
        let name: String
        let path: String?
        let mime: String
        let width: Int
        let height: Int
        let bytes: Int
    }

    let parts: [Part]
    let placement: Placement
    let changes: [String]
    let warnings: [String]
    let estimate: Estimate?
    let plan: String

    struct Estimate: Encodable {
        let model: String
        let size: String
    }

    init(_ preparation: Preparation, paths: [URL]) {
        parts = preparation.parts.enumerated().map { index, part in
            Part(
                name: part.name, path: paths.indices.contains(index) ? paths[index].path : nil, mime: part.mimeType,
                width: part.image.size.width, height: part.image.size.height, bytes: part.data.count)
        }
        placement = preparation.placement
        changes = preparation.changes
        warnings = preparation.warnings
        estimate = nil
        plan = "\(preparation.plan)"
    }

    func printSummary() {
        for part in parts {
            print("\(part.path ?? part.name)  \(part.width)x\(part.height) \(part.mime), \(Amount.bytes(part.bytes))")
        }
        print(plan)
        for change in changes { print("- \(change)") }
        for warning in warnings { print("! \(warning)") }
    }
}
