import Gesso

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Checks a job, and prepares the files of its requests exactly as `Editor` does.
struct JobPreparation: Sendable {
    let folder: RunFolder
    let options: BatchRun.PlanOptions
    let client: ImagesClient

    private var server: ServerProfile { client.configuration.server }
    private static let longestID = 256
    /// As long as a file id may become, so that a line is not longer than planned.
    private static let longestFileID = String(repeating: "x", count: 128)

    /// The record of a job; with `checksOnly` no pixels are prepared and no files are kept.
    ///
    /// Throws a `GessoError` or an `ImagesAPIError` for a job that would not be accepted.
    func record(_ job: BatchRun.Job, line: Int, checksOnly: Bool) async throws -> JobRecord {
        guard (1...Self.longestID).contains(job.id.utf8.count) else {
            throw refusal("A job needs an \u{201C}id\u{201D} of 1 to \(Self.longestID) bytes.")
        }
        var record = JobRecord(line: line, job: job, requests: [0])
        if case .edit(let edit) = job.work {
            if edit.isLocal {
                try await prepare(edit, &record, checksOnly: checksOnly)
            } else {
                try check(remote: edit)
            }
        }
        record.requests = Array(0..<record.requestCount)
        if !options.ignoresModelRules, let issue = try record.issues(server: server).first(where: \.isRefusal) {
            throw refusal(
                "\(issue.field): \(issue.message) If the table of models is outdated, plan with --ignore-model-rules.")
        }
        var writer = Batch.InputWriter(server: server)
        for request in record.requests {
            record.byteCount += try record.line(request, by: &writer) { _ in Self.longestFileID }.count
            record.estimate.add(try record.requestEstimate(request))
        }
        guard record.byteCount <= options.shardBytes, record.requestCount <= options.shardLines else {
            throw refusal(
                "The job takes \(record.requestCount) lines and \(record.byteCount) bytes, and a batch has at most "
                    + "\(options.shardLines) (--shard-lines) and \(options.shardBytes).")
        }
        return record
    }

    /// Whether the files of a record that was made earlier are still those that it was made from.
    func isCurrent(_ record: JobRecord) async -> Bool {
        guard case .edit(let edit) = record.job.work, edit.isLocal else { return true }
        // The digests of references are not kept.
        guard edit.references.isEmpty, let digest = record.photoDigest,
            let photo = try? await contents(of: edit.image, edit)
        else { return false }
        return (try? await PixelPool.shared.run { SHA256.hexadecimal(of: photo) }) == digest
    }

    private func prepare(
        _ edit: BatchRun.Job.Edit, _ record: inout JobRecord, checksOnly: Bool
    ) async throws {
        guard edit.job.markup == nil else {
            throw GessoError(
                .unsupportedFeature, stage: "batch",
                "A batch takes images by reference, and the API has no reference for a markup; give a mask instead.",
                facts: ["what": "markup"])
        }
        guard edit.maskSource == nil, edit.size == nil else {
            throw refusal("A mask by reference and a size are for images by URL or file id; give the mask as a file.")
        }
        let photo = try await contents(of: edit.image, edit)
        var references: [Data] = []
        for source in edit.references { references.append(try await contents(of: source, edit)) }
        let editor = Editor(client: client, options: edit.job.options, budget: options.budget)
        do {
            if checksOnly {
                let plan = try await editor.plan(edit.job, photo: photo, references: references)
                let image = JobRecord.Part(digest: "", fileExtension: "png", isMask: false)
                record.uploads = plan.requests.map { .init(placement: $0.stages.output.placement, parts: [image]) }
                try plan.requireFinish(within: options.budget)
                return
            }
            let prepared = try await editor.prepare(edit.job, photo: photo, references: references)
            try prepared.plan.requireFinish(within: options.budget)
            for upload in prepared.uploads {
                var parts: [JobRecord.Part] = []
                for part in upload.parts { parts.append(try await keep(part)) }
                record.uploads.append(.init(placement: upload.placement, parts: parts))
            }
        } catch let error as GessoError {
            throw error.naming([edit.image] + edit.references)
        }
        record.photoDigest = try await PixelPool.shared.run { SHA256.hexadecimal(of: photo) }
    }

    /// Writes a prepared file under its digest; the same file is kept and uploaded once.
    private func keep(_ part: Editor.PreparedEdit.Part) async throws -> JobRecord.Part {
        try await PixelPool.shared.run {
            let kept = JobRecord.Part(
                digest: SHA256.hexadecimal(of: part.data), fileExtension: part.image.format.fileExtension,
                isMask: part.role == .mask)
            try OutputFile(in: folder.files, named: kept.name).ensure(part.data, overwrites: false)
            return kept
        }
    }

    private func contents(of source: BatchRun.Job.Source, _ edit: BatchRun.Job.Edit) async throws -> Data {
        guard case .file(let path) = source else {
            throw refusal("References of an image from a file are files too; give them as paths.")
        }
        let limit = edit.job.options.limits.byteCount
        return try await PixelPool.shared.run { try FileContents.read(path, maximum: limit) }
    }

    private func check(remote edit: BatchRun.Job.Edit) throws {
        guard edit.job.mask == nil, edit.job.markup == nil else {
            throw refusal(
                "An image by URL or file id is not here to lay a mask on it; give the mask by URL or file id too, or the "
                    + "image as a file.")
        }
        for source in [edit.image] + edit.references + [edit.maskSource].compactMap({ $0 }) {
            switch source {
            case .file(let path):
                throw refusal(
                    "\(path) is a file and the image is none; give all images by URL or file id, or all as files.")
            case .url(let url):
                guard url.hasPrefix("https://"), url.utf8.count > 8 else {
                    throw refusal("\(url.prefix(200)) is not an https URL, which is all that the API fetches.")
                }
            case .fileID(let id):
                guard !id.isEmpty else { throw refusal("A file id is empty.") }
            }
        }
    }

    private func refusal(_ message: String) -> GessoError {
        GessoError(.invalidParameter, stage: "batch", message)
    }
}

extension GessoError {
    /// The same error with the path of the file that it is about.
    fileprivate func naming(_ sources: [BatchRun.Job.Source]) -> GessoError {
        let index = facts["image"].flatMap { Int($0) } ?? 0
        guard ["probe", "decode", "color"].contains(stage), sources.indices.contains(index),
            case .file(let path) = sources[index]
        else { return self }
        return GessoError(
            code, stage: stage, "\(path): \(message)", facts: facts.merging(["path": path]) { first, _ in first })
    }
}
