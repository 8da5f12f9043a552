import Foundation
import Gesso

/// The results of `edit`.
struct EditReport: Report {
    let outputs: [WrittenFile]
    let usage: Usage?
    let cost: Double?
    /// The cost that the servers state.
    let reportedCost: Double?
    /// One for each request.
    let requestIDs: [String]
    let preparation: PreparationReport
    /// One for each image.
    let audits: [EditAudit]
    let rawAudits: [EditAudit]
    /// For each image, one for each region.
    let regions: [[EditResult.RegionAudit]]
    /// Outputs that differ from what was requested.
    let notes: [String]
    /// Whether an output of a JPEG was encoded as a whole, and not block by block.
    private let isEncodedAnew: Bool
    /// What decoding passed over, changed or left out, and what may surprise.
    let warnings: [String]

    enum CodingKeys: CodingKey {
        case outputs, usage, cost, reportedCost, requestID, requestIDs, preparation, audit, audits, rawAudits, regions,
            notes
        case warnings
    }

    init(_ result: EditResult, files: [URL]) {
        let images = result.images.flatMap { $0.outputs.map(\.image) }
        outputs = zip(files, images).map { WrittenFile($0.path, $1) }
        usage = result.usage
        cost = result.cost
        reportedCost = result.reportedCost
        requestIDs = result.requestIDs
        preparation = PreparationReport(result.prepared, paths: [])
        audits = result.images.compactMap(\.audit)
        rawAudits = result.images.compactMap(\.rawAudit)
        regions = result.images.map(\.regions)
        warnings = (preparation.warnings + result.warnings.map(\.description)).withoutRepetitions
        let anew = result.images.flatMap { $0.outputs.compactMap(\.note) }
        isEncodedAnew = !anew.isEmpty
        notes = anew + EditReport.credentialsLeftOut(result)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(outputs, forKey: .outputs)
        try container.encode(usage, forKey: .usage)
        try container.encode(cost, forKey: .cost)
        try container.encodeIfPresent(reportedCost, forKey: .reportedCost)
        try container.encode(requestIDs.first, forKey: .requestID)
        try container.encode(requestIDs, forKey: .requestIDs)
        try container.encode(preparation, forKey: .preparation)
        try container.encode(audits.first, forKey: .audit)
        try container.encode(audits, forKey: .audits)
        try container.encode(rawAudits, forKey: .rawAudits)
        try container.encode(regions, forKey: .regions)
        try container.encode(notes, forKey: .notes)
        try container.encode(warnings, forKey: .warnings)
    }

    func printSummary() {
        for output in outputs { say(output.line) }
        for note in notes { say("! \(note)") }
        for warning in warnings { say("! \(warning)") }
        if let count = regions.first?.count, count > 1 { say("\(count) regions were sent in separate requests") }
        for (audit, raw) in zip(audits, rawAudits) {
            say(
                "outside the mask: \(audit.changedPixelsOutside) pixels changed"
                    + (isEncodedAnew ? " before the JPEG was encoded anew, which changes most of them slightly" : "")
                    + "; the model had changed "
                    + "\(raw.changedPixelsOutside) (by \(Amount.fixed(raw.meanDrift, 1)) levels on average)")
        }
    }
}
