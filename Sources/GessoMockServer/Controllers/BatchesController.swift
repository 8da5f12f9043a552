import Dispatch

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The batch endpoints. Batches run in the background, one at a time.
struct BatchesController: Sendable {
    let store: ObjectStore
    let imageService: ImageService
    private let batchQueue = DispatchQueue(label: "gesso.mock-server.batches", qos: .utility)

    static let lineLimit = 50_000
    static let byteLimit = 200_000_000
    private static let endpoints = ["/v1/images/generations", "/v1/images/edits"]

    init(store: ObjectStore, imageService: ImageService) {
        self.store = store
        self.imageService = imageService
    }

    func create(_ parameters: Parameters) throws(APIErrorResponse) -> RequestValue {
        var parameters = parameters
        guard let endpoint = try parameters.takeChoice("endpoint", of: BatchesController.endpoints) else {
            throw .missing("endpoint")
        }
        guard try parameters.takeChoice("completion_window", of: ["24h"]) != nil else {
            throw .missing("completion_window")
        }
        guard let input = try parameters.takeText("input_file_id") else { throw .missing("input_file_id") }
        let metadata = try takeMetadata(from: &parameters)
        let lifetime = try takeLifetime(from: &parameters)
        try parameters.rejectUnknown()
        let file = try store.file(input)
        guard file.purpose == "batch" else {
            throw .unsupported("input_file_id", "The file '\(input)' was not uploaded with purpose 'batch'.")
        }
        let batch = BatchRecord(
            id: "batch_" + RequestHandler.randomHexadecimal(), endpoint: endpoint, inputFile: input, metadata: metadata,
            outputLifetime: lifetime, createdAt: ObjectStore.now)
        store.add(batch)
        batchQueue.async { BatchRun(batch: batch, store: store, imageService: imageService).run(input: file.contents) }
        return batch.json
    }

    func list(_ query: Query) throws(APIErrorResponse) -> RequestValue {
        try query.page(store.batches, id: \.id, usual: 20, most: 100) { $0.json }
    }

    func cancel(_ id: String) throws(APIErrorResponse) -> RequestValue {
        let before = try store.batch(id)
        var isLate = false
        let after = store.updateBatch(id) { batch in
            isLate = batch.status.isFinal
            if !isLate { batch.move(to: .cancelling) }
        }
        if isLate {
            throw APIErrorResponse(
                409, "Cannot cancel a batch with status '\(before.status.rawValue)'.", param: "batch_id")
        }
        return (after ?? before).json
    }

    private func takeMetadata(from parameters: inout Parameters) throws(APIErrorResponse) -> [String: RequestValue] {
        switch try parameters.take("metadata") {
        case nil: return [:]
        case .json(.object(let members))?:
            let fits = members.allSatisfy { key, value in
                guard case .string(let text) = value else { return false }
                return key.count <= 64 && text.count <= 512
            }
            guard members.count <= 16, fits else {
                throw .unsupported(
                    "metadata", "Invalid 'metadata': at most 16 pairs, keys of 64 and values of 512 characters.")
            }
            return members
        case let value?: throw .wrongType("metadata", expected: "an object", found: value.kind)
        }
    }

    private func takeLifetime(from parameters: inout Parameters) throws(APIErrorResponse) -> Int? {
        switch try parameters.take("output_expires_after") {
        case nil: return nil
        case .json(.object(let members))?:
            var inner = Parameters(object: members)
            guard try inner.takeChoice("anchor", of: ["created_at"]) != nil,
                let seconds = try inner.takeInteger("seconds", in: 3600...2_592_000)
            else { throw .missing("output_expires_after") }
            return seconds
        case let value?: throw .wrongType("output_expires_after", expected: "an object", found: value.kind)
        }
    }
}
