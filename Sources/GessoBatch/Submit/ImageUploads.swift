import Gesso
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The images of a run at the server: each is uploaded once, whatever number of jobs it serves.
final class ImageUploads: Sendable {
    private struct Line: Codable {
        let digest: String
        /// Nil once the file was deleted.
        let fileID: String?
        /// When the server deletes it, in Unix seconds.
        var expires: Int?
    }

    private let folder: RunFolder
    private let log: AppendLog
    private let fileIDs: Mutex<[String: String]>
    /// Uploads at a time; each holds its image in memory.
    private static let width = 4
    /// How long the server keeps an image that nobody deletes: 30 days, the most it takes.
    private static let lifetime = 2_592_000
    /// How long an image must still be kept for a batch that is created now: a day to run, and one to spare.
    private static let needed = 2 * 86_400

    init(_ folder: RunFolder) throws(GessoError) {
        self.folder = folder
        log = try AppendLog(folder.uploadsFile)
        let reader = try LineReader(folder.uploadsFile)
        var fileIDs: [String: String] = [:]
        let deadline = Int(Date().timeIntervalSince1970) + ImageUploads.needed
        while let (text, _) = try reader.next() {
            guard let line = try? JSONDecoder().decode(Line.self, from: text) else { continue }
            fileIDs[line.digest] = (line.expires ?? .max) < deadline ? nil : line.fileID
        }
        self.fileIDs = Mutex(fileIDs)
    }

    /// The file id of an uploaded image.
    func fileID(of digest: String) throws(GessoError) -> String {
        guard let id = fileIDs.withLock({ $0[digest] }) else {
            throw GessoError(
                .fileNotFound, stage: "batch", "The image \(digest) was not uploaded; submit the run again.",
                facts: ["digest": digest])
        }
        return id
    }

    /// Uploads the images of a shard that are not at the server yet, and records each.
    func upload(imagesOf shard: BatchRun.Shard, _ client: ImagesClient) async throws {
        var begun: Set<String> = []
        try await withThrowingTaskGroup(of: Void.self) { group in
            var running = 0
            try await folder.jobs(of: shard) { record, _ in
                for part in record.requests.filter({ $0 < record.uploads.count }).flatMap({ record.uploads[$0].parts })
                {
                    let isKnown = self.fileIDs.withLock { $0[part.digest] != nil }
                    guard !isKnown, begun.insert(part.digest).inserted else { continue }
                    if running == Self.width {
                        try await group.next()
                        running -= 1
                    }
                    running += 1
                    group.addTask { try await self.upload(part, client) }
                }
            }
            try await group.waitForAll()
        }
    }

    private func upload(_ part: JobRecord.Part, _ client: ImagesClient) async throws {
        let path = "\(folder.files.path)/\(part.name)"
        let data = try await PixelPool.shared.run { try FileContents.read(path, maximum: ImagesClient.maxFileBytes) }
        let expires = Int(Date().timeIntervalSince1970) + Self.lifetime
        let file = try await client.uploadFile(
            data, filename: "gesso-\(part.digest.prefix(32)).\(part.fileExtension)", purpose: "vision",
            expiresAfterSeconds: Self.lifetime)
        try folder.step("uploaded")
        try await folder.disk.run { try self.record(part.digest, file.id, expires: expires) }
        try folder.step("recorded")
    }

    private func record(_ digest: String, _ fileID: String?, expires: Int? = nil) throws {
        try log.append(Line(digest: digest, fileID: fileID, expires: expires), synced: true)
        fileIDs.withLock { $0[digest] = fileID }
    }

    /// Deletes all images at the server; returns how many.
    func deleteAll(_ client: ImagesClient) async throws -> Int {
        let all = fileIDs.withLock { $0 }
        for (digest, id) in all {
            try await client.deleteFileIfThere(id)
            try await folder.disk.run { try self.record(digest, nil) }
        }
        return all.count
    }
}

extension ImagesClient {
    /// Deletes a file unless it is gone already.
    func deleteFileIfThere(_ id: String) async throws(ImagesAPIError) {
        // Not a `where` clause: the compiler crashes on one here (Swift 6.3).
        do { try await deleteFile(id) } catch {
            guard error.code == .notFound || error.status == 404 else { throw error }
        }
    }
}
