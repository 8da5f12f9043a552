import Gesso

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A job as a shard has it: with what was prepared for it, and nothing that has to be computed again.
struct JobRecord: Codable, Sendable {
    /// A file of a request, kept in the run under its digest.
    struct Part: Codable, Sendable, Hashable {
        /// The SHA-256 of the file, 64 hexadecimal digits.
        var digest: String
        var fileExtension: String
        var isMask: Bool

        var name: String { "\(digest).\(fileExtension)" }
    }

    /// The files of one request, and where the original lies on its canvas.
    struct Upload: Codable, Sendable {
        var placement: Placement
        var parts: [Part]
    }

    /// The line of the manifest, from 1 on.
    var line: Int
    /// How often the job was tried before.
    var attempt = 0
    var job: BatchRun.Job
    /// The SHA-256 of the photograph of a local edit, which has to be the same when the edit is finished.
    var photoDigest: String?
    /// One for each request of a local edit; none for other jobs.
    var uploads: [Upload] = []
    /// The requests that are sent: all, or those that a retry has to send again.
    var requests: [Int]
    /// The bytes of their lines, at most.
    var byteCount = 0
    var estimate = BatchRun.Estimate()

    /// How many requests the job has, sent now or before.
    var requestCount: Int { max(1, uploads.count) }

    /// The `custom_id` of a request: the job's id, with the request's index if there are several.
    func customID(_ request: Int) -> String { requestCount == 1 ? job.id : "\(job.id)#\(request)" }

    /// The line of a request; `fileID` gives the file id of a digest.
    func line(
        _ request: Int, by writer: inout Batch.InputWriter, fileID: (String) throws -> String
    ) throws -> Data {
        switch job.work {
        case .generation(let generation): return try writer.line(generation, customID: customID(request))
        case .edit(let edit):
            return try writer.line(try editRequest(edit, request, fileID), customID: customID(request))
        }
    }

    private func editRequest(
        _ edit: BatchRun.Job.Edit, _ index: Int, _ fileID: (String) throws -> String
    ) throws -> EditRequest {
        var request = EditPlan.draft(prompt: edit.job.prompt, edit.job.options)
        guard edit.isLocal else {
            request.references = ([edit.image] + edit.references).compactMap(\.reference)
            request.maskReference = edit.maskSource?.reference
            request.size = edit.size
            return request
        }
        let upload = uploads[index]
        request.references = try upload.parts.filter { !$0.isMask }.map { .fileID(try fileID($0.digest)) }
        request.maskReference = try upload.parts.first(where: \.isMask).map { .fileID(try fileID($0.digest)) }
        request.size = ImageSize(width: upload.placement.canvas.width, height: upload.placement.canvas.height)
        return request
    }

    /// What a request of the job is likely to cost.
    func requestEstimate(_ index: Int) throws -> CostEstimate {
        switch job.work {
        case .generation(let generation): return generation.estimate(inBatch: true)
        case .edit(let edit): return try editRequest(edit, index) { $0 }.estimate(inBatch: true)
        }
    }

    /// What model and server are known to refuse.
    func issues(server: ServerProfile) throws -> [ModelProfile.Issue] {
        switch job.work {
        case .generation(let generation): return generation.validate(server: server)
        case .edit(let edit):
            return try requests.flatMap { try editRequest(edit, $0, { $0 }).validate(server: server) }
        }
    }
}

extension BatchRun.Estimate {
    mutating func add(_ other: CostEstimate) {
        var estimate = BatchRun.Estimate()
        estimate.dollars = other.dollars
        estimate.outputDollars = other.outputDollars
        estimate.unknownReason = other.unknownReason
        add(estimate)
    }
}

extension SHA256 {
    /// The digest of a file's bytes, 64 hexadecimal digits.
    static func hexadecimal(of data: some ContiguousBytes) -> String {
        var hash = SHA256()
        data.withUnsafeBytes { hash.update($0) }
        return hash.hexadecimal
    }
}
