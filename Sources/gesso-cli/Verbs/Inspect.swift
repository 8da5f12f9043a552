import ArgumentParser
import Foundation
import Gesso

struct Inspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what the header of an image file states.")

    @Argument(help: ArgumentHelp("The file; - reads it from standard input.", valueName: "FILE")) var file: String
    @OptionGroup var options: InspectOptions
    @OptionGroup var report: ReportOptions

    func run() async throws {
        try await report.run {
            let input = try InputFile(file, maximum: report.limits.byteCount)
            do {
                return try await InspectReport(of: input.data, decoding: options.level, limits: report.limits)
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

    /// Reads the header, and decodes the file if there is a level for that.
    init(of file: Data, decoding level: ImageDecoder.Options.Level?, limits: ImageDecoder.Limits) async throws {
        header = try await ImageHeader.read(file, limits: limits.headersOnly)
        guard let level else {
            warnings = header.warnings
            return
        }
        warnings = try await Image(file, limits: limits.andGIF).decoding(level).keepingProfile().frame().warnings
    }

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
