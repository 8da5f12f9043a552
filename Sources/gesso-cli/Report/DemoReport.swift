import Foundation
import Gesso

/// The results of the demo, as a table.
struct DemoReport: Report {
    struct Timing: Encodable {
        let prepare: Double
        let request: Double
        let finish: Double

        init(prepare: Duration, request: Duration, finish: Duration) {
            self.prepare = prepare / .milliseconds(1)
            self.request = request / .milliseconds(1)
            self.finish = finish / .milliseconds(1)
        }
    }

    struct Row {
        let name: String
        let header: ImageHeader
        let sent: Int
        let audit: EditAudit?
        let raw: EditAudit?
        let timing: Timing
    }

    let directory: String
    var outputs: [WrittenFile] = []
    var contactSheet: String?
    var rows: [Row] = []

    enum CodingKeys: CodingKey { case outputs, audit, timings, contactSheet }

    init(directory: String) { self.directory = directory }

    mutating func add(
        _ photograph: Photograph, _ header: ImageHeader, _ result: EditResult, _ files: [URL], _ timing: Timing
    ) {
        let edited = result.images[0]
        outputs += zip(files, edited.outputs).map { WrittenFile($0.path, $1.image) }
        rows.append(
            Row(
                name: photograph.name, header: header,
                sent: result.prepared.uploads.flatMap(\.parts).reduce(0) { $0 + $1.data.count },
                audit: edited.audit, raw: edited.rawAudit, timing: timing))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(outputs, forKey: .outputs)
        let audits = Dictionary(uniqueKeysWithValues: rows.compactMap { row in row.audit.map { (row.name, $0) } })
        try container.encode(audits, forKey: .audit)
        try container.encode(
            Dictionary(uniqueKeysWithValues: rows.map { ($0.name, $0.timing) }), forKey: .timings)
        try container.encode(contactSheet, forKey: .contactSheet)
    }

    func printSummary() {
        let titles = [
            "photograph", "size", "sent", "changed by the model", "changed after", "prepare", "request", "finish",
        ]
        var table = [titles]
        for row in rows {
            table.append([
                row.name, "\(row.header.uprightSize) \(row.header.format.rawValue)", Amount.bytes(row.sent),
                row.raw.map { "\($0.changedPixelsOutside) px" } ?? "-",
                row.audit.map { "\($0.changedPixelsOutside) px" } ?? "-",
                "\(Amount.fixed(row.timing.prepare, 0)) ms", "\(Amount.fixed(row.timing.request, 0)) ms",
                "\(Amount.fixed(row.timing.finish, 0)) ms",
            ])
        }
        let widths = titles.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        for row in table {
            say(
                zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  "))
        }
        say("\n\u{201C}Changed\u{201D} counts pixels outside mask and feather that differ from the original.")
        say("\(outputs.count) files in \(directory); look at \(contactSheet ?? directory) first.")
    }
}
