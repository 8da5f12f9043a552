import ArgumentParser
import Foundation
import Gesso

struct Edit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Edits an image; pixels outside the mask are not changed.",
        discussion: """
            Further images are references. The first output is the whole image as PNG, or with --same-format in the \
            original's format: a JPEG then keeps all blocks that the edit does not touch. Separate parts of the mask may \
            take a request each, all with the same prompt; see --regions and --dry-run.

            \(MaskOptions.discussion)
            """)

    @Argument(help: ArgumentHelp("The image, then up to 15 references.", valueName: "IMAGE")) var images: [String]
    @Option(help: ArgumentHelp("The prompt; - reads it from standard input.", valueName: "TEXT")) var prompt: String
    @Option(name: .customLong("out"), help: ArgumentHelp("Write files into this directory.", valueName: "DIR"))
    var directory: String?
    @Flag(help: "Replace files that exist already.") var force = false
    @Flag(help: "Show the plan, computed from the headers only; send and write nothing.") var dryRun = false
    @OptionGroup(title: "Mask") var mask: MaskOptions
    @OptionGroup(title: "Mask") var markup: MarkupOptions
    @OptionGroup(title: "Placement") var placement: PlacementOptions
    @OptionGroup(title: "Request") var request: RequestOptions
    @Flag(help: "Write the whole image in the original's format instead of PNG.") var sameFormat = false
    @OptionGroup var streaming: StreamOptions
    @OptionGroup var thumbnails: ThumbnailOptions
    @OptionGroup var kept: KeptOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup var report: ReportOptions

    func validate() throws {
        if directory == nil && !dryRun {
            throw ValidationError("Give the output directory with --out DIR, or --dry-run.")
        }
    }

    func run() async throws {
        if dryRun { return try await report.run { try explain() } }
        let output = try OutputOptions.parse(["--out", directory ?? "."] + (force ? ["--force"] : []))
        try await report.run {
            let files = try images.map { try InputFile($0, maximum: report.limits.byteCount) }
            let job = try job()
            let (target, force, streaming, kept) = (output.url, output.force, streaming, kept)
            let (spool, output) = (connection.spool, output)
            let stem = OutputNames.stem(of: images[0])
            let outputs = OutputOptions.Files(
                stem: stem, count: request.n ?? 1, renditions: job.renditions, isEdit: true, kept: kept.names)
            try output.requireRoom(for: outputs)
            return try await connection.withClient(for: job.options.model) { client in
                try await Progress.showing { progress in
                    let editor = Editor(
                        client: client.with { $0.purchaseLabel = stem }, options: job.options)
                    let photo = files[0].data
                    progress.say("preparing")
                    let prepared = try await files.naming {
                        try await editor.prepare(job, photo: photo, references: files.dropFirst().map(\.data))
                    }
                    var outputs = outputs
                    outputs.bytes = prepared.plan.outputByteCount
                    try output.requireRoom(for: outputs)
                    let count = prepared.uploads.count
                    let received = try kept.responses(requests: count)
                    let times = count == 1 ? "" : ", \(count) regions"
                    progress.say("waiting for \(job.options.model.rawValue)\(times)")
                    var unusable: [UnusableResponse] = []
                    do {
                        let responses = try await editor.responses(
                            to: prepared, besides: received, partialImages: streaming.partialImages,
                            onPartialImage: { partial, index in
                                let name = count == 1 ? stem : "\(stem)-region-\(index)"
                                streaming.write(partial, to: target, stem: name, overwrites: force)
                            },
                            onFailure: { error, index in
                                let name = count == 1 ? stem : "\(stem)-region-\(index)"
                                unusable.append(UnusableResponse(error, keptIn: target, stem: name))
                            })
                        progress.say("compositing")
                        let result = try await editor.finish(responses, photo: photo, prepared)
                        do {
                            let written = try await result.write(to: target, stem: stem, overwrites: force)
                            await spool.discard(responses)
                            return EditReport(result, files: written)
                        } catch {
                            throw Editor.UnfinishedEdit(responses: responses, prepared: prepared, cause: error)
                        }
                    } catch let unfinished as Editor.UnfinishedEdit {
                        throw UnusableResponse(Salvage(of: unfinished, to: target, stem: stem), besides: unusable)
                    } catch {
                        throw UnusableResponse(error, besides: unusable)
                    }
                }
            }
        }
    }

    /// The edit without its images.
    private func job() throws -> Editor.Job {
        var options = try placement.options(request, limits: report.limits)
        options.metadata = thumbnails.metadata
        return Editor.Job(
            prompt: try prompt == "-" ? StandardInput.read(for: "prompt") : prompt, mask: try mask.source(),
            markup: try markup.data(), options: options,
            renditions: try [sameFormat ? .original : .fullSize()] + thumbnails.renditions())
    }

    private func explain() throws -> EditPlanReport {
        let job = try job()
        let files = try images.map { try InputFile($0, maximum: report.limits.byteCount) }
        do {
            return EditPlanReport(
                plan: try EditPlan(
                    job, photo: files[0].data, references: files.dropFirst().map(\.data),
                    server: connection.address.server.profile(for: job.options.model)), job: job)
        } catch let error as GessoError {
            throw files.naming(error)
        }
    }
}

/// The results of `edit --dry-run`: the plan, and the job as it can be stored.
struct EditPlanReport: Report {
    let plan: EditPlan
    let job: Editor.Job

    func printSummary() { say(plan) }
}

extension OutputNames {
    /// The name of a file without directory and extension, reduced to what outputs are called.
    static func stem(of path: String) -> String {
        path == "-" ? "image" : reduced(URL(filePath: path).deletingPathExtension().lastPathComponent)
    }
}
