public import Gesso

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension BatchRun {
    /// How batches are created.
    public struct SubmitOptions: Sendable {
        /// The most batches of the run that may be in progress at a time; nil for no limit.
        public var openBatches: Int?
        /// How long a batch may take to be listed by the server when the request that creates it was cut; one that is not
        /// listed then is created again.
        public var settling = Duration.seconds(60)
        /// Called with the shard that is worked on.
        public var onShard: (@Sendable (Shard) -> Void)?
        /// Called before waiting for ``settling``.
        public var onWait: (@Sendable (Duration) -> Void)?

        /// The defaults.
        public init() {}
    }

    /// What a submit did.
    public struct Submission: Sendable, Hashable, Codable {
        /// The shards whose batches were created.
        public internal(set) var created: [Int] = []
        /// The shards whose batches the server had already.
        public internal(set) var found: [Int] = []
        /// The shards that wait until others are complete.
        public internal(set) var waiting: [Int] = []
    }

    /// Uploads images and files, and creates the batches that do not exist yet; each is bought once.
    ///
    /// A batch is a purchase under the digest of its shard, recorded in the client's journal (by default in the run), and
    /// carries the digest in its `metadata`: a submit that was stopped at any moment is completed by the next one. Images
    /// are uploaded once, and kept by the server for 30 days.
    ///
    /// - Throws: `invalidParameter` or `fileNotFound` before a batch is created for a photograph that is not the one that was
    ///   planned, since its result could not be finished;
    ///   `ImagesAPIError` with `mayHaveBeenBilled` when it is not known whether a batch was created: submit again,
    ///   which finds out.
    @discardableResult
    public func submit(
        client: ImagesClient, options: SubmitOptions = SubmitOptions()
    ) async throws -> Submission {
        let lock = try await folder.lock()
        defer { withExtendedLifetime(lock) {} }
        let plan = try folder.planned()
        try require(client, plan)
        var missing: [(shard: Shard, state: ShardState)] = []
        var submitted: [ShardState] = []
        for shard in plan.shards {
            let state = try folder.state(of: shard)
            if state.batch == nil { missing.append((shard, state)) } else { submitted.append(state) }
        }
        var submission = Submission()
        guard !missing.isEmpty else { return submission }
        try folder.makeFolder(folder.purchases)
        let creation = BatchCreation(
            folder: folder, client: client, settling: options.settling, onWait: options.onWait)
        let found = try await creation.find(Set(missing.map(\.shard.digest)))
        var open = options.openBatches == nil ? 0 : try await openCount(submitted, client)
        let uploads = try ImageUploads(folder)
        for (shard, state) in missing {
            options.onShard?(shard)
            if let batch = found[shard.digest] {
                try await folder.record(.init(batch: batch.id), of: shard)
                submission.found.append(shard.number)
                open += batch.status.isFinal ? 0 : 1
                continue
            }
            guard open < options.openBatches ?? .max else {
                submission.waiting.append(shard.number)
                continue
            }
            try await requirePhotographs(of: shard)
            try await uploads.upload(imagesOf: shard, client)
            let input: String
            if let uploaded = state.input {
                input = uploaded
            } else {
                input = try await upload(inputOf: shard, uploads, client)
            }
            let batch = try await creation.create(shard, input: input)
            try await folder.record(.init(batch: batch.id), of: shard)
            submission.created.append(shard.number)
            open += 1
        }
        return submission
    }

    /// Throws unless the client has the server that the lines are written for.
    private func require(_ client: ImagesClient, _ plan: RunPlan) throws(GessoError) {
        let name = client.configuration.server.name
        guard name != plan.server else { return }
        throw GessoError(
            .invalidParameter, stage: "batch",
            "The run was planned for the server \(plan.server), not for \(name); give --server \(plan.server), or plan "
                + "another run.", facts: ["found": name, "allowed": plan.server])
    }

    /// Throws unless the photographs of a shard are those that were prepared: no result would fit on others.
    private func requirePhotographs(of shard: Shard) async throws {
        var digests: [String: String] = [:]
        try await folder.jobs(of: shard) { record, _ in
            guard case .edit(let edit) = record.job.work, case .file(let path) = edit.image else { return }
            let limit = edit.job.options.limits.byteCount
            if digests[path] == nil {
                digests[path] = try await PixelPool.shared.run {
                    SHA256.hexadecimal(of: try FileContents.read(path, maximum: limit))
                }
            }
            guard digests[path] != record.photoDigest else { return }
            throw GessoError(
                .invalidParameter, stage: "batch",
                "\(path) has changed since it was planned (\(record.job.id)), so a result would not fit it. Put the file back, "
                    + "or plan the jobs in another --run; nothing was bought for shard \(shard.number).",
                facts: ["path": path, "found": record.job.id])
        }
    }

    private func openCount(_ states: [ShardState], _ client: ImagesClient) async throws -> Int {
        var count = 0
        for state in states where !state.isCollected {
            if let id = state.batch, try await !client.batch(id).status.isFinal { count += 1 }
        }
        return count
    }

    /// Writes and uploads the file of a shard.
    private func upload(
        inputOf shard: Shard, _ uploads: ImageUploads, _ client: ImagesClient
    ) async throws -> String {
        let path = "\(folder.path)/input.jsonl"
        let output = try LineWriter(path)
        var writer = Batch.InputWriter(server: client.configuration.server)
        try await folder.jobs(of: shard) { record, _ in
            for request in record.requests {
                let line = try record.line(request, by: &writer) { try uploads.fileID(of: $0) }
                // The writer of files adds the line feed.
                try output.append(line.dropLast())
            }
        }
        try output.commit()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let data = try await folder.disk.run { try FileContents.read(path, maximum: Batch.InputWriter.maxBytes) }
        let file = try await client.uploadFile(
            data, filename: "gesso-shard-\(shard.digest.prefix(32)).jsonl", purpose: "batch")
        try folder.step("uploaded")
        try await folder.record(.init(input: file.id), of: shard)
        return file.id
    }

    /// Deletes the images and files that were uploaded for the run; the results stay at the server until they expire.
    ///
    /// - Throws: `invalidParameter` as long as a batch is not collected, since it may still need them.
    /// - Returns: how many files were deleted.
    @discardableResult
    public func deleteUploads(client: ImagesClient) async throws -> Int {
        let lock = try await folder.lock()
        defer { withExtendedLifetime(lock) {} }
        let states = try folder.planned().shards.map { (shard: $0, state: try folder.state(of: $0)) }
        if let open = states.first(where: { !$0.state.isCollected }) {
            throw GessoError(
                .invalidParameter, stage: "batch",
                "Shard \(open.shard.number) is not collected and may need its files; collect all before --delete-files.",
                facts: ["found": "\(open.shard.number)"])
        }
        var count = try await ImageUploads(folder).deleteAll(client)
        for (shard, state) in states {
            guard let input = state.input else { continue }
            try await client.deleteFileIfThere(input)
            try await folder.record(.init(isInputDeleted: true), of: shard)
            count += 1
        }
        return count
    }
}
