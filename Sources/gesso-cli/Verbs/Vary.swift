import ArgumentParser
import Foundation
import Gesso

struct Vary: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes images like a given one.",
        discussion: """
            Uses the legacy endpoint on servers that have it and for square images without further options; else an edit \
            with a stated prompt, and says so.
            """)

    @Argument(help: ArgumentHelp("The image.", valueName: "IMAGE")) var image: String
    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Request") var request: RequestOptions
    @OptionGroup var thumbnails: ThumbnailOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup var report: ReportOptions

    func run() async throws {
        try await report.run {
            let file = try InputFile(image)
            let renditions = try thumbnails.renditions()
            let (model, options) = (Model(rawValue: request.model), request)
            let (target, force, stem) = (output.url, output.force, OutputName.stem(of: image))
            let largest = OutputEstimate.serverChosenSize
            try output.requireRoom(
                for: stem,
                bytes: OutputEstimate.bytes(of: [.fullSize()] + renditions, size: largest, images: options.n ?? 1))
            try Rendition.requireBudget(for: renditions, of: largest)
            let spool = connection.spool
            return try await connection.withClient { client in
                try await Progress.showing { progress in
                    progress.say("preparing")
                    let editor = Editor(client: client, options: EditOptions(model: model))
                    let preparation = try await [file].naming { try await editor.prepare(file.data)[0] }
                    let png = try await Vary.png(of: preparation.parts[0].data)
                    var variation = VariationRequest(
                        image: try ImageUpload(png), n: options.n, emulationModel: model)
                    // The legacy endpoint has sizes of its own, and answers with addresses unless told otherwise.
                    variation.responseFormat = .b64JSON
                    variation.emulationSize = ImageSize(rawValue: "\(preparation.canvas)")
                    variation.quality = options.quality.map { GenerationRequest.Quality(rawValue: $0) }
                    variation.background = options.background.map { GenerationRequest.Background(rawValue: $0) }
                    variation.outputFormat = options.format.map { GenerationRequest.OutputFormat(rawValue: $0) }
                    progress.say("waiting for \(model.rawValue)")
                    let outcome = try await client.with { $0.purchaseLabel = stem }.vary(variation)
                    do {
                        let outputs = try await OutputsReport(
                            writing: outcome.response, model: model, thumbnails: renditions, to: target, stem: stem,
                            overwrites: force)
                        await spool.settle([outcome.response])
                        return VaryReport(report: outputs, emulated: outcome.isEmulated, prompt: outcome.prompt)
                    } catch {
                        throw Salvage(of: outcome.response, to: target, stem: stem, cause: error)
                    }
                }
            }
        }
    }
}

extension Vary {
    /// The legacy endpoint takes PNG alone, whatever its model would take in an edit.
    fileprivate static func png(of file: Data) async throws -> Data {
        let header = try await ImageHeader.read(file)
        guard header.format != .png else { return file }
        let plan = try Pipeline([]).explain(Frame.Shape(header))
        let bytes = DecodeOptions().memory(for: header).bytes(before: plan.peakBytes(encodedAs: .png))
        return try await PixelBudget.shared.withReservation(bytes) {
            try await PixelPool.shared.run {
                try ImageEncoder.encode(ImageDecoder.decode(file).bitmap, as: .png).data
            }
        }
    }
}

/// What `vary` wrote, and whether a variation was what the server made.
struct VaryReport: Report {
    let report: OutputsReport
    let emulated: Bool
    let prompt: String?

    enum CodingKeys: CodingKey { case emulated, prompt }

    func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(emulated, forKey: .emulated)
        try container.encode(prompt, forKey: .prompt)
    }

    func printSummary() {
        report.printSummary()
        if emulated { print("made by an edit in place of a variation: \u{201C}\(prompt ?? "")\u{201D}") }
    }
}
