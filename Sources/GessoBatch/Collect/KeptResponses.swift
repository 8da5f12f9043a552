import Gesso
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The responses to requests of jobs that have several, until all of a job are here: results come in any order, and in
/// different batches after a retry.
final class KeptResponses: Sendable {
    /// What is known of a response beside its images.
    private struct Facts: Codable {
        let imageCount: Int
        let usage: Usage?
        let requestID: String?
    }

    /// A job in one of its batches.
    private struct Attempt: Hashable {
        let line: Int
        let number: Int

        init(_ record: JobRecord) { (line, number) = (record.line, record.attempt) }
    }

    /// Requests of a job that failed.
    private struct Failed {
        var requests: Set<Int>
        var outcome: BatchRun.Outcome
    }

    private let folder: RunFolder
    /// The jobs that are being finished.
    private let claimed = Mutex<Set<Int>>([])
    private let failed = Mutex<[Attempt: Failed]>([:])

    init(_ folder: RunFolder) { self.folder = folder }

    private func name(_ record: JobRecord, _ request: Int, _ suffix: String) -> String {
        "\(record.line)-\(request)\(suffix)"
    }

    /// Keeps a response; what says that it is complete is written last.
    func keep(_ response: ImagesResponse, of record: JobRecord, _ request: Int) throws(GessoError) {
        let files = response.images.compactMap(\.data)
        for (index, file) in files.enumerated() {
            try OutputFile(in: folder.kept, named: name(record, request, "-\(index).bin")).write(file, overwrites: true)
        }
        let facts = Facts(imageCount: files.count, usage: response.usage, requestID: response.requestID)
        try OutputFile(in: folder.kept, named: name(record, request, ".json"))
            .write(try LineCoding.encode(facts), overwrites: true)
    }

    func has(_ record: JobRecord, _ request: Int) -> Bool {
        FileManager.default.fileExists(atPath: folder.kept.appending(path: name(record, request, ".json")).path)
    }

    /// The responses to all requests of a job, for the one caller that finishes it; nil as long as one is missing.
    func claim(_ record: JobRecord) throws -> [ImagesResponse]? {
        guard (0..<record.requestCount).allSatisfy({ has(record, $0) }),
            claimed.withLock({ $0.insert(record.line).inserted })
        else { return nil }
        return try (0..<record.requestCount).map { try response(record, $0) }
    }

    private func path(_ record: JobRecord, _ request: Int, _ suffix: String) -> String {
        folder.kept.appending(path: name(record, request, suffix)).path
    }

    private func read(_ path: String) throws -> Data { try FileContents.read(path, maximum: 1 << 30) }

    private func facts(_ record: JobRecord, _ request: Int) throws -> Facts {
        try JSONDecoder().decode(Facts.self, from: read(path(record, request, ".json")))
    }

    private func response(_ record: JobRecord, _ request: Int) throws -> ImagesResponse {
        let facts = try facts(record, request)
        let images = try (0..<facts.imageCount).map { try read(path(record, request, "-\($0).bin")) }
        var response = ImagesResponse(images: images)
        (response.usage, response.requestID) = (facts.usage, facts.requestID)
        return response
    }

    /// Notes that a request failed, for the outcome that its job has at the end of the batch.
    func note(_ outcome: BatchRun.Outcome, of record: JobRecord, _ request: Int) {
        failed.withLock { failed in
            var entry = failed[Attempt(record)]
            entry?.requests.insert(request)
            entry?.outcome.add(failure: outcome)
            failed[Attempt(record)] = entry ?? Failed(requests: [request], outcome: outcome)
        }
    }

    /// The outcome of a job that is not finished at the end of its batch: all its failures, and where the responses are that
    /// it has.
    ///
    /// - Parameter missing: what it means for a request to have no result.
    func outcome(
        of record: JobRecord, shard: Int, missing: BatchRun.Outcome.Failure
    ) -> BatchRun.Outcome {
        let known = failed.withLock { $0.removeValue(forKey: Attempt(record)) }
        var outcome = known?.outcome ?? BatchRun.Outcome(record, shard: shard, .failed)
        let kept = (0..<record.requestCount).filter { has(record, $0) }
        let explained = (known?.requests ?? []).union(kept)
        if !explained.isSuperset(of: record.requests) || outcome.error == nil {
            var other = BatchRun.Outcome(record, shard: shard, .failed)
            other.error = missing
            outcome.add(failure: other)
        }
        var (files, usages): ([String], [Usage]) = ([], [])
        for request in kept {
            guard let facts = try? facts(record, request) else { continue }
            files += (0..<facts.imageCount).map { path(record, request, "-\($0).bin") }
            usages += [facts.usage].compactMap { $0 }
        }
        guard !files.isEmpty else { return outcome }
        outcome.keptFiles = files
        outcome.error = outcome.error?.withKept(files)
        outcome.usage = Usage(sumOf: usages)
        if usages.count == kept.count { outcome.cost = outcome.usage?.dollars(model: record.job.model, inBatch: true) }
        return outcome
    }

    /// Removes the responses of a job that is finished, or lets it be finished again.
    func release(_ record: JobRecord, isDone: Bool) {
        claimed.withLock { _ = $0.remove(record.line) }
        guard isDone else { return }
        for request in 0..<record.requestCount {
            let count = (try? facts(record, request))?.imageCount ?? 0
            // The facts first: images without them are written again.
            try? FileManager.default.removeItem(at: folder.kept.appending(path: name(record, request, ".json")))
            for index in 0..<count {
                try? FileManager.default.removeItem(
                    at: folder.kept.appending(path: name(record, request, "-\(index).bin")))
            }
        }
    }
}
