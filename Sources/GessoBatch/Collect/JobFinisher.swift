import Gesso

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Turns the responses to a job into its files.
struct JobFinisher: Sendable {
    let folder: RunFolder
    let client: ImagesClient
    let output: URL
    let options: BatchRun.CollectOptions

    /// The outcome of a job whose responses are all here, once its files are written.
    func outcome(of record: JobRecord, shard: Int, _ responses: [ImagesResponse]) async -> BatchRun.Outcome {
        var outcome = BatchRun.Outcome(record, shard: shard, .done)
        outcome.usage = Usage(sumOf: responses.compactMap(\.usage))
        outcome.requestIDs = responses.compactMap(\.requestID)
        if responses.allSatisfy({ $0.usage != nil }) {
            outcome.cost = outcome.usage?.dollars(model: record.job.model, inBatch: true)
        }
        do {
            if case .edit(let edit) = record.job.work, edit.isLocal {
                try await finish(edit, record, responses, &outcome)
            } else {
                try await write(responses, record.job, &outcome)
            }
        } catch {
            outcome.status = .unfinished
            // A cancelled collect is repeated.
            if Task.isCancelled { return outcome }
            outcome.error = .init(finishing: error)
            await keepReturned(responses, record.job, &outcome)
        }
        return outcome
    }

    /// Puts what was returned onto the original, and makes the renditions.
    private func finish(
        _ edit: BatchRun.Job.Edit, _ record: JobRecord, _ responses: [ImagesResponse],
        _ outcome: inout BatchRun.Outcome
    ) async throws {
        let photo = try await photo(of: edit, record)
        let editor = Editor(client: client, options: edit.job.options, budget: options.budget)
        let plan = try await editor.plan(edit.job, photo: photo, references: [])
        let prepared = try await PixelPool.shared.run {
            let images = try record.uploads.map { upload in
                let name = upload.parts.first { !$0.isMask }?.name ?? ""
                return (
                    file: try FileContents.read("\(folder.files.path)/\(name)", maximum: ImagesClient.maxFileBytes),
                    placement: upload.placement
                )
            }
            return try Editor.PreparedEdit(plan, sent: images)
        }
        let result = try await editor.finish(responses, photo: photo, prepared)
        var names = OutputNames()
        for (index, image) in result.images.enumerated() {
            for made in image.outputs {
                let base = "\(stem(record.job))-\(index)-\(OutputNames.reduced(made.rendition.name))"
                let name = names.next(base, made.image.format.fileExtension)
                try await ensure(made.image.data, named: name)
                outcome.files.append(name)
                outcome.warnings += [made.note].compactMap { $0 }
            }
        }
        outcome.warnings = (outcome.warnings + result.warnings.map(\.description)).withoutRepetitions
    }

    private func photo(of edit: BatchRun.Job.Edit, _ record: JobRecord) async throws -> Data {
        guard case .file(let path) = edit.image else { return Data() }
        let limit = edit.job.options.limits.byteCount
        return try await PixelPool.shared.run {
            let photo = try FileContents.read(path, maximum: limit)
            guard SHA256.hexadecimal(of: photo) == record.photoDigest else {
                throw GessoError(
                    .invalidParameter, stage: "restore",
                    "\(path) has changed since it was sent, so the result does not fit it; put the file back, and collect "
                        + "again.", facts: ["path": path])
            }
            return photo
        }
    }

    /// Writes the images as they came, and thumbnails of them.
    private func write(
        _ responses: [ImagesResponse], _ job: BatchRun.Job, _ outcome: inout BatchRun.Outcome
    ) async throws {
        let thumbnails: [Rendition]
        if case .edit(let edit) = job.work {
            thumbnails = edit.job.renditions.filter { $0.bounds != nil }
        } else {
            thumbnails = job.thumbnails
        }
        var (names, warnings) = (OutputNames(), [String]())
        let files = responses.flatMap(\.images).compactMap(\.data)
        guard !files.isEmpty else {
            throw GessoError(
                .emptyInput, stage: "finish",
                "The result has no image data; ask for base64 (leave out --response-format url).")
        }
        for (index, file) in files.enumerated() {
            let header = try await PixelPool.shared.run {
                try ImagesResponse.requireComplete(file, index)
                return try ImageHeader(probing: file, limits: .default.andGIF)
            }
            let base = "\(stem(job))-\(index)"
            let name = names.next(base, header.format.fileExtension)
            try await ensure(file, named: name)
            outcome.files.append(name)
            guard !thumbnails.isEmpty, header.format != .svg else { continue }
            let chain = Image(file, limits: .default.andGIF, budget: options.budget).decoding(options.decoding)
                .metadata(job.metadata)
            for (thumbnail, image) in zip(thumbnails, try await chain.renditions(thumbnails)) {
                let name = names.next("\(base)-\(OutputNames.reduced(thumbnail.name))", image.format.fileExtension)
                try await ensure(image.data, named: name)
                outcome.files.append(name)
                warnings += image.warnings.map(\.description)
            }
        }
        outcome.warnings = warnings.withoutRepetitions
    }

    /// Keeps what was returned as it came: it is paid for.
    func keepReturned(
        _ responses: [ImagesResponse], _ job: BatchRun.Job, _ outcome: inout BatchRun.Outcome
    ) async {
        for (region, response) in responses.enumerated() {
            for (index, file) in response.images.compactMap(\.data).enumerated() {
                let place = responses.count > 1 ? "region-\(region)-" : ""
                let kind = ImageFormat(sniffing: file)?.fileExtension ?? "bin"
                let name = "\(stem(job))-\(place)\(index)\(Self.returnedSuffix).\(kind)"
                do {
                    try await ensure(file, named: name)
                    outcome.files.append(name)
                } catch {
                    // The server keeps the result for 30 days; the error of finishing is the one to report.
                    outcome.warnings.append("\(name) could not be written: \(error)")
                }
            }
        }
    }

    /// Removes what was kept of a job that is finished now, and none of its files.
    func removeReturned(of earlier: BatchRun.Outcome, finishedAs outcome: BatchRun.Outcome) {
        for name in earlier.files where Self.isReturned(name) && !outcome.files.contains(name) {
            try? FileManager.default.removeItem(at: output.appending(path: name))
        }
    }

    /// Whether the name ends as ``keepReturned(_:_:_:)`` ends names; an id may have the suffix anywhere.
    private static func isReturned(_ name: String) -> Bool {
        name.lastIndex(of: ".").map { name[..<$0].hasSuffix(returnedSuffix) } ?? false
    }

    private static let returnedSuffix = "-returned"

    private func ensure(_ file: Data, named name: String) async throws {
        try await PixelPool.shared.run {
            try OutputFile(in: output, named: name).ensure(file, overwrites: options.overwrites)
        }
    }

    private func stem(_ job: BatchRun.Job) -> String { OutputNames.reduced(job.id) }
}
