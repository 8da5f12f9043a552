import GessoCodecs
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A file that was uploaded or that a batch produced.
struct StoredFile: Sendable {
    let id: String
    let filename: String
    let purpose: String
    let contents: StoredContents
    let createdAt: Int
    var expiresAt: Int?

    var json: RequestValue {
        var members: [String: RequestValue] = [
            "id": .string(id), "object": .string("file"), "bytes": .integer(contents.byteCount),
            "created_at": .integer(createdAt), "filename": .string(filename), "purpose": .string(purpose),
            "status": .string("processed"),
        ]
        members["expires_at"] = expiresAt.map(RequestValue.integer)
        return .object(members)
    }
}

/// The files, batches and downloadable images of the mock server; large files are not held in memory.
final class ObjectStore: Sendable {
    private struct State {
        var files: [String: StoredFile] = [:]
        var fileOrder: [String] = []
        var batches: [String: BatchRecord] = [:]
        var batchOrder: [String] = []
        var downloads: [(name: String, data: Data)] = []
        var isClosed = false
    }

    private let state = Mutex(State())

    /// The number of images kept for download; the oldest are dropped.
    private static let downloadLimit = 64

    static var now: Int { Int(Date().timeIntervalSince1970) }

    // MARK: Files

    func addFile(
        _ contents: StoredContents, filename: String, purpose: String, expiresAfter seconds: Int? = nil
    ) -> StoredFile {
        let now = ObjectStore.now
        let file = StoredFile(
            id: "file-" + RequestHandler.randomHexadecimal().prefix(24), filename: filename, purpose: purpose,
            contents: contents,
            createdAt: now, expiresAt: seconds.map { now + $0 })
        state.withLock { state in
            state.files[file.id] = file
            state.fileOrder.append(file.id)
        }
        return file
    }

    func file(_ id: String) throws(APIErrorResponse) -> StoredFile {
        guard let file = state.withLock({ $0.files[id] }) else { throw .unknownFile(id) }
        return file
    }

    func deleteFile(_ id: String) throws(APIErrorResponse) {
        let existed = state.withLock { state in
            state.fileOrder.removeAll { $0 == id }
            return state.files.removeValue(forKey: id) != nil
        }
        guard existed else { throw .unknownFile(id) }
    }

    /// Oldest first.
    var files: [StoredFile] {
        state.withLock { state in state.fileOrder.compactMap { state.files[$0] } }
    }

    /// A stored file as an input image of an edit.
    func image(_ id: String, param: String) throws(APIErrorResponse) -> UploadedFile {
        guard let file = state.withLock({ $0.files[id] }) else {
            throw APIErrorResponse(
                404, "No such File object: \(id.prefix(100))", param: param, code: "image_file_not_found")
        }
        let data = file.contents.data
        return UploadedFile(param: param, contentType: ImageFormat(sniffing: data)?.mimeType, data: data)
    }

    // MARK: Batches

    func add(_ batch: BatchRecord) {
        state.withLock { state in
            state.batches[batch.id] = batch
            state.batchOrder.append(batch.id)
        }
    }

    func batch(_ id: String) throws(APIErrorResponse) -> BatchRecord {
        guard let batch = state.withLock({ $0.batches[id] }) else {
            throw APIErrorResponse(404, "No batch found with id '\(id.prefix(100))'.", param: "batch_id")
        }
        return batch
    }

    /// Changes a batch and returns its new state; nil if there is no such batch, or if the server is stopping.
    func updateBatch(_ id: String, _ change: (inout BatchRecord) -> Void) -> BatchRecord? {
        state.withLock { state in
            guard !state.isClosed, var batch = state.batches[id] else { return nil }
            change(&batch)
            state.batches[id] = batch
            return batch
        }
    }

    /// Newest first.
    var batches: [BatchRecord] {
        state.withLock { state in state.batchOrder.reversed().compactMap { state.batches[$0] } }
    }

    // MARK: Downloads

    /// Stores an image under a new name and returns the name.
    func addDownload(_ data: Data, fileExtension: String) -> String {
        let name = "\(RequestHandler.randomHexadecimal()).\(fileExtension)"
        state.withLock { state in
            state.downloads.append((name, data))
            if state.downloads.count > ObjectStore.downloadLimit { state.downloads.removeFirst() }
        }
        return name
    }

    func download(_ name: String) -> Data? {
        state.withLock { state in state.downloads.first { $0.name == name }?.data }
    }

    /// Makes every later change of a batch fail, which ends the batches that are running.
    func close() {
        state.withLock { $0.isClosed = true }
    }
}

extension APIErrorResponse {
    static func unknownFile(_ id: String) -> APIErrorResponse {
        APIErrorResponse(404, "No such File object: \(id.prefix(100))", param: "id")
    }
}
