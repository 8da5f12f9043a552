import Foundation
import Gesso

/// `prepare` and `finish`: the files of an edit's requests, and the outputs made of their responses.
///
/// Nothing is kept between the two: `finish` prepares again from the same members, and gets the same plan.
struct EditOperations: Sendable {
    let limits: ImageDecoder.Limits
    private let options = JobOptions<EditJobOptions>()

    init(limits: ImageDecoder.Limits) { self.limits = limits }

    func prepare(_ job: WorkerJob) async throws -> WorkerResult {
        let edit = try await edit(job, members: job.members)
        let prepared = try await edit.prepared()
        var outputs: [WorkerResult.Output] = []
        for (index, upload) in prepared.uploads.enumerated() {
            for part in upload.parts {
                let name = prepared.uploads.count == 1 ? part.filename : "region-\(index)-\(part.filename)"
                outputs.append(.init(name: name, image: part.image, path: edit.options.path(name)))
            }
        }
        return WorkerResult(
            outputs: outputs, report: PreparationReport(prepared, paths: [], estimate: prepared.plan.estimate))
    }

    func finish(_ job: WorkerJob) async throws -> WorkerResult {
        var members = job.members
        let names = try JobMember.texts("responses", from: &members)
        guard !names.isEmpty else {
            throw JobMember.error("\u{201C}responses\u{201D} lists the response to each request, by path or part.")
        }
        let responses = try await PixelPool.shared.run { try names.map { try ImagesResponse(kept: job.file($0), $0) } }
        guard members["image"] != nil || job.parts["image"] != nil else {
            return try await write(responses, job, members)
        }
        let edit = try await edit(job, members: members)
        let prepared = try await edit.prepared()
        let result: EditResult
        do {
            result = try await edit.editor.finish(responses, photo: edit.photo.data, prepared)
        } catch let unfinished as Editor.UnfinishedEdit {
            throw unfinished.cause
        }
        var (given, outputs) = (OutputNames(), [WorkerResult.Output]())
        for (index, image) in result.images.enumerated() {
            for output in image.outputs {
                let base = "\(edit.stem)-\(index)-\(OutputNames.reduced(output.rendition.name))"
                let name = given.next(base, output.image.format.fileExtension)
                outputs.append(.init(name: name, image: output.image, path: edit.options.path(name)))
            }
        }
        return WorkerResult(outputs: outputs, report: EditReport(result, files: []))
    }

    /// The images of responses as they came, and thumbnails of them; what `gesso finish` writes.
    private func write(
        _ responses: [ImagesResponse], _ job: WorkerJob, _ members: [String: JSONValue]
    ) async throws -> WorkerResult {
        var job = job
        let options = try options.parse(members, for: &job)
        let (thumbnails, stem) = (try options.thumbnails.renditions(), OutputNames.reduced(options.stem))
        var (names, outputs, report) = (OutputNames(), [WorkerResult.Output](), OutputsReport())
        func add(_ image: EncodedImage, _ base: String) {
            let name = names.next(base, image.format.fileExtension)
            outputs.append(.init(name: name, image: image, path: options.path(name)))
            report.warnings = (report.warnings + image.warnings.map(\.description)).withoutRepetitions
        }
        for (index, file) in responses.flatMap(\.images).compactMap(\.data).enumerated() {
            let header = try await PixelPool.shared.run {
                try ContainerCheck.requireComplete(file)
                return try ImageHeader(probing: file, limits: limits.andGIF)
            }
            add(EncodedImage(data: file, format: header.format, size: header.uprightSize), "\(stem)-\(index)")
            guard !thumbnails.isEmpty, header.format != .svg else { continue }
            let chain = Image(file, limits: limits.andGIF).decoding(options.placement.decoding.level)
                .metadata(options.thumbnails.metadata)
            for (thumbnail, image) in zip(thumbnails, try await chain.renditions(thumbnails)) {
                add(image, "\(stem)-\(index)-\(OutputNames.reduced(thumbnail.name))")
            }
        }
        guard !outputs.isEmpty else {
            throw GessoError(
                .emptyInput, stage: "finish", "The response has no image data; images by address are not fetched here.")
        }
        (report.usage, report.requestID) = (Usage(sumOf: responses.compactMap(\.usage)), responses[0].requestID)
        return WorkerResult(outputs: outputs, report: report)
    }

    /// An edit with its files.
    private struct Edit {
        let options: EditJobOptions
        let job: Editor.Job
        let editor: Editor
        let photo: InputFile
        let references: [InputFile]
        var stem: String { OutputNames.reduced(options.stem) }

        func prepared() async throws -> Editor.PreparedEdit {
            try await ([photo] + references).naming {
                try await editor.prepare(job, photo: photo.data, references: references.map(\.data))
            }
        }
    }

    private func edit(_ job: WorkerJob, members: [String: JSONValue]) async throws -> Edit {
        var (job, members) = (job, members)
        let photo = try await job.input(JobMember.text("image", from: &members) ?? "image")
        var references: [InputFile] = []
        for name in try JobMember.texts("references", from: &members) { references.append(try await job.input(name)) }
        let options = try options.parse(members, for: &job)
        let files = job
        let (edit, profile) = try await PixelPool.shared.run {
            let edit = try options.job(limits: limits) { try files.file($0) }
            let profile = try options.server.profile(for: edit.options.model) { try files.file($0) }
            return (edit, profile)
        }
        // Never sends anything; the profile says what the server would accept.
        let client = ImagesClient(configuration: .init(server: profile))
        return Edit(
            options: options, job: edit, editor: Editor(client: client, options: edit.options), photo: photo,
            references: references)
    }
}

extension ImagesResponse {
    /// What an earlier request kept: an image, or a response with images.
    fileprivate init(kept file: Data, _ name: String) throws {
        if ImageFormat(sniffing: file) != nil {
            self.init(images: [file])
            return
        }
        do throws(ImagesAPIError) { self = try ImagesResponse(saved: file) } catch {
            guard error.code == .unexpectedContent else { throw error }
            throw GessoError(
                .corrupt, stage: "finish",
                "\(name) is neither an image nor a response of the Images API: \(error.message)", facts: error.facts)
        }
    }
}
