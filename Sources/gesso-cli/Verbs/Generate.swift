import ArgumentParser
import Foundation
import Gesso

struct Generate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Generates images from a prompt.")

    @Argument(help: ArgumentHelp("The prompt; - reads it from standard input.", valueName: "PROMPT")) var prompt: String
    @OptionGroup var output: OutputOptions
    @Option(help: ArgumentHelp("WIDTHxHEIGHT or auto.", valueName: "SIZE")) var size: String?
    @OptionGroup(title: "Request") var request: RequestOptions
    @OptionGroup var streaming: StreamOptions
    @OptionGroup var thumbnails: ThumbnailOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup var report: ReportOptions

    func run() async throws {
        try await report.run {
            let (renditions, policy) = (try thumbnails.renditions(), thumbnails.metadata)
            let model = Model(rawValue: request.model)
            let (target, force) = (output.url, output.force)
            let generation = try generationRequest(model: model)
            let size = generation.size.flatMap { Size(width: $0.width ?? 0, height: $0.height ?? 0) }
            let sent = size.flatMap { $0.isEmpty ? nil : $0 } ?? OutputEstimate.serverChosenSize
            let bytes = OutputEstimate.bytes(of: [.fullSize()] + renditions, size: sent, images: generation.n ?? 1)
            try output.requireRoom(
                for: .init(stem: "generated", count: generation.n ?? 1, renditions: renditions, bytes: bytes))
            try Rendition.requireBudget(for: renditions, of: sent)
            let spool = connection.spool
            return try await connection.withClient(for: model) { client in
                try await Progress.showing { progress in
                    let client = client.with { $0.purchaseLabel = "generated" }
                    progress.say("waiting for \(model.rawValue)")
                    let response = try await UnusableResponse.keeping(in: target, stem: "generated") {
                        if let partials = streaming.partialImages {
                            try await client.generateStream(generation, partialImages: partials).response { partial in
                                streaming.write(partial, to: target, stem: "generated", overwrites: force)
                            }
                        } else {
                            try await client.generate(generation)
                        }
                    }
                    progress.say("writing")
                    do {
                        let written = try await response.writeFetched(
                            to: target, stem: "generated", thumbnails: renditions, overwrites: force, metadata: policy)
                        // Behind the images: if these cannot be written, the salvage keeps the response instead.
                        let unfetched = try UnfetchedImages(of: response, keptIn: target, stem: "generated")
                        let outputs = OutputsReport(written, of: response, model: model, unfetched: unfetched)
                        await spool.discard([response])
                        return outputs
                    } catch {
                        throw Salvage(of: response, to: target, stem: "generated", cause: error)
                    }
                }
            }
        }
    }

    private func generationRequest(model: Model) throws -> GenerationRequest {
        var generation = GenerationRequest(
            prompt: try prompt == "-" ? StandardInput.read(for: "prompt") : prompt, model: model)
        generation.size = size.map { ImageSize(rawValue: $0) }
        generation.quality = request.quality.map { GenerationRequest.Level(rawValue: $0) }
        generation.background = request.background.map { GenerationRequest.Background(rawValue: $0) }
        generation.outputFormat = request.format.map { GenerationRequest.OutputFormat(rawValue: $0) }
        generation.n = request.n
        return generation
    }
}
