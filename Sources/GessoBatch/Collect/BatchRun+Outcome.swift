public import Gesso

extension BatchRun {
    /// What became of one job.
    public struct Outcome: Sendable, Codable {
        /// How a job ended.
        public enum State: String, Sendable, Codable {
            /// All files are written.
            case done
            /// There is no image; the error says why, and whether the job can be retried.
            case failed
            /// The images are there and were not finished; collect again once the cause is removed.
            case unfinished
        }

        /// An error as data.
        public struct Failure: Sendable, Hashable, Codable {
            /// The kind of error.
            public let code: String
            /// What happened and what to do.
            public let message: String
            /// The HTTP status of the request within its batch.
            public var status: Int?
            /// Whether the request may have been billed.
            public let mayHaveBeenBilled: Bool
            /// Whether the job can be tried again without paying twice.
            public let isRetryable: Bool
        }

        /// The job's id.
        public let id: String
        /// Its line in the manifest, from 1 on.
        public let line: Int
        /// The shard whose batch gave this outcome.
        public let shard: Int
        /// How often the job was tried before.
        public let attempt: Int
        /// How it ended.
        public var status: State
        /// The names of its files in the output directory, in the order of images and renditions.
        public var files: [String] = []
        /// Of a failed job with several requests the images that others of them brought, in the run; they are paid for, and a
        /// retry uses them.
        public var keptFiles: [String]?
        /// The tokens of its requests.
        public var usage: Usage?
        /// What they cost in US dollars at the price of batches; nil where that is not known.
        public var cost: Double?
        /// The server's ids of its requests.
        public var requestIDs: [String] = []
        /// What decoding passed over, changed or left out.
        public var warnings: [String] = []
        /// Why it failed or is unfinished.
        public var error: Failure?

        init(_ record: JobRecord, shard: Int, _ status: State) {
            (id, line, self.shard, attempt) = (record.job.id, record.line, shard, record.attempt)
            self.status = status
        }
    }
}

extension BatchRun.Outcome {
    /// Adds the failure of another request of the same job.
    mutating func add(failure other: BatchRun.Outcome) {
        files += other.files
        requestIDs += other.requestIDs
        warnings += other.warnings
        if let first = error, let second = other.error {
            error = first.combined(with: second)
        } else {
            error = error ?? other.error
        }
    }
}

extension BatchRun.Outcome.Failure {
    /// The failure of a job of which two requests failed: it can be tried again only if both can.
    func combined(with other: Self) -> Self {
        let first = isRetryable && !other.isRetryable ? other : self
        return Self(
            code: first.code, message: first.message, status: first.status,
            mayHaveBeenBilled: mayHaveBeenBilled || other.mayHaveBeenBilled,
            isRetryable: isRetryable && other.isRetryable)
    }

    /// The same failure of a job that has images of its other requests.
    func withKept(_ files: [String]) -> Self {
        let use = isRetryable ? "--retry sends the others only" : "take them from there"
        return Self(
            code: code,
            message: "\(message) The images of its other requests are paid for and kept: "
                + "\(files.joined(separator: ", ")); \(use).",
            status: status, mayHaveBeenBilled: mayHaveBeenBilled, isRetryable: isRetryable)
    }

    /// The error of a request within its batch.
    init(_ error: ImagesAPIError) {
        // As for single requests: a gateway that did not wait for the image says 504 or 52x.
        let mayHaveBeenBilled =
            error.mayHaveBeenBilled || error.status == 504 || (520...529).contains(error.status ?? 0)
        let isUnpaid = !mayHaveBeenBilled && error.partialImages.isEmpty
        let isTransient =
            error.apiError?.code == "batch_expired" || error.apiError?.code == "batch_cancelled"
            || error.status == 429 || (500...599).contains(error.status ?? 0)
        self.init(
            code: error.apiError?.code ?? error.code.rawValue, message: error.message, status: error.status,
            mayHaveBeenBilled: mayHaveBeenBilled,
            // A quota that is used up is no reason to give a job up.
            isRetryable: isUnpaid && (isTransient || error.code == .quotaExceeded) && error.code != .moderationBlocked)
    }

    /// An error about images that are here and paid for.
    init(finishing error: any Error) {
        let error = (error as? Editor.UnfinishedEdit)?.cause ?? error
        let known = error as? GessoError
        self.init(
            code: known?.code.rawValue ?? "failed", message: known?.message ?? "\(error)", mayHaveBeenBilled: true,
            isRetryable: false)
    }

    /// A request that its batch has no result of.
    init(missingFrom batch: Batch, _ results: ReadResults) {
        let completed = batch.completedCount ?? 0
        // A complete batch has a line for each request, and one that cannot be read may be the result of any.
        let isUnpaid = batch.status != .completed && results.unreadable == 0 && results.completed >= completed
        var message = "The batch \(batch.id) ended as \(batch.status) without a result of this job."
        if let error = batch.errors.first { message += " \(error.message)" }
        if let place = results.firstUnreadable {
            message += " \(results.unreadable) of its results cannot be read, the first in \(place)."
        } else if results.completed < completed {
            message += " The server completed \(completed) requests, and its files have \(results.completed) results."
        }
        self.init(
            code: isUnpaid ? "batch_\(batch.status)" : "missingResult", message: message,
            mayHaveBeenBilled: !isUnpaid, isRetryable: isUnpaid)
    }
}
