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

    private let folder: RunFolder
    /// The jobs that are being finished.
    private let claimed = Mutex<Set<Int>>([])

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

    private func response(_ record: JobRecord, _ request: Int) throws -> ImagesResponse {
        func read(_ suffix: String) throws -> Data {
            try FileContents.read(folder.kept.appending(path: name(record, request, suffix)).path, maximum: 1 << 30)
        }
        let facts = try JSONDecoder().decode(Facts.self, from: read(".json"))
        var response = ImagesResponse(images: try (0..<facts.imageCount).map { try read("-\($0).bin") })
        (response.usage, response.requestID) = (facts.usage, facts.requestID)
        return response
    }

    /// Removes the responses of a job that is finished, or lets it be finished again.
    func release(_ record: JobRecord, isDone: Bool) {
        claimed.withLock { _ = $0.remove(record.line) }
        guard isDone else { return }
        for request in 0..<record.requestCount {
            let count = ((try? response(record, request))?.images.count) ?? 0
            // The facts first: images without them are written again.
            try? FileManager.default.removeItem(at: folder.kept.appending(path: name(record, request, ".json")))
            for index in 0..<count {
                try? FileManager.default.removeItem(
                    at: folder.kept.appending(path: name(record, request, "-\(index).bin")))
            }
        }
    }
}
