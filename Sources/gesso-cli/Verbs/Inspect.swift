import ArgumentParser
import Foundation
import Gesso

struct Inspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what the header of an image file states.")

    @Argument(help: ArgumentHelp("The file; - reads it from standard input.", valueName: "FILE")) var file: String
    @Option(
        name: .customLong("decode"),
        help: ArgumentHelp(
            "Decode the file too, at level strict, standard or lenient, and report what that finds.", valueName: "LEVEL"
        ))
    var level: ImageDecoder.Options.Level?
    @OptionGroup var report: ReportOptions

    func run() async throws {
        try await report.run {
            let input = try InputFile(file, maximum: report.limits.byteCount)
            do {
                let header = try await ImageHeader.read(input.data, limits: report.limits.headersOnly)
                guard let level else { return InspectReport(header: header, warnings: header.warnings) }
                let frame = try await Image(input.data, limits: report.limits.andGIF).decoding(level).keepingProfile()
                    .frame()
                return InspectReport(header: header, warnings: frame.warnings)
            } catch let error as GessoError {
                throw error.about(input.path)
            }
        }
    }
}

/// A header as a flat JSON object.
struct InspectReport: Report {
    let header: ImageHeader
    let warnings: [ImageDecoder.Warning]

    enum CodingKeys: CodingKey { case uprightSize, warnings }

    func encode(to encoder: any Encoder) throws {
        try header.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(header.uprightSize, forKey: .uprightSize)
        // As sentences, like the warnings of other reports.
        try container.encode(warnings.map(\.description), forKey: .warnings)
    }

    func printSummary() {
        say("\(header.format.rawValue)  \(header.size), \(Amount.bytes(header.byteCount))")
        if header.orientation != .up {
            say("orientation \(header.orientation.rawValue): upright it is \(header.uprightSize)")
        }
        say(
            "\(header.colorModel.rawValue), \(header.bitsPerChannel) bits a channel"
                + (header.hasAlpha ? ", alpha" : ""))
        if let profile = header.profileDescription { say("profile: \(profile)") }
        if header.frameCount > 1 { say("\(header.frameCount) frames") }
        for warning in warnings { say("! \(warning)") }
        let kinds = header.metadata.names
        if !kinds.isEmpty { say("metadata: \(kinds.joined(separator: ", "))") }
        if let provenance = header.provenance { say("content credentials, not verified: \(provenance)") }
    }
}
