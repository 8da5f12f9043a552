public import Gesso

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Many generations and edits at the price of batches, kept in a directory, so that each is bought once however often the
/// program is stopped.
///
/// ```swift
/// let run = try await BatchRun.plan(jobs, in: directory)
/// try await run.submit(client: client)
/// try await run.finished(client: client)
/// for try await outcome in try await run.results(client: client, to: outputs) { print(outcome.id, outcome.files) }
/// ```
/// Every step can be repeated: what is done is not done again. The directory holds all that a later process needs; one
/// process at a time may change it.
public struct BatchRun: Sendable {
    /// Where the run is kept.
    public let directory: URL

    let folder: RunFolder

    /// A run that was planned.
    ///
    /// Throws `fileNotFound` for a directory without a plan, `corrupt` for one that cannot be read.
    public init(_ directory: URL) throws(GessoError) {
        try self.init(RunFolder(directory.path))
    }

    init(_ folder: RunFolder) throws(GessoError) {
        self.folder = folder
        directory = URL(filePath: folder.path, directoryHint: .isDirectory)
        guard try folder.plan() != nil else {
            throw GessoError(
                .fileNotFound, stage: "batch",
                "\(folder.path) has no complete plan; make one with gesso batch plan, or name the directory of a run.",
                facts: ["path": folder.path])
        }
    }

    /// The batches of the run, the retried ones last.
    public var shards: [Shard] {
        get throws(GessoError) { try folder.planned().shards }
    }

    /// How many jobs were planned.
    public var jobCount: Int {
        get throws(GessoError) { try folder.planned().jobCount }
    }

    /// What model and server may refuse in the jobs, or not do as expected: the first hundred different ones.
    public var warnings: [String] {
        get throws(GessoError) { try folder.planned().warnings }
    }

    /// The shards that are not collected.
    public var pendingShards: [Shard] {
        get throws(GessoError) {
            var pending: [Shard] = []
            for shard in try shards where try !folder.state(of: shard).isCollected { pending.append(shard) }
            return pending
        }
    }

    /// What all jobs are likely to cost, without those of retried shards.
    public var estimate: Estimate {
        get throws(GessoError) {
            try shards.filter { $0.attempt == 0 }.reduce(into: Estimate()) { $0.add($1.estimate) }
        }
    }
}

extension BatchRun {
    /// One batch of a run: jobs of one endpoint and one model, since the API takes no others together.
    public struct Shard: Sendable, Hashable, Codable {
        /// From 1 on.
        public internal(set) var number: Int
        /// The SHA-256 of its jobs, 64 hexadecimal digits; in the batch's `metadata` under ``metadataKey``.
        public internal(set) var digest: String
        /// The path of the endpoint, such as `/v1/images/edits`.
        public internal(set) var endpoint: String
        /// The model of all its jobs.
        public internal(set) var model: Model
        /// How many jobs it has.
        public internal(set) var jobCount: Int
        /// How many lines its batch has: one for each job, several for an edit in separate regions.
        public internal(set) var requestCount: Int
        /// How often its jobs were tried before; 0 for those of the plan.
        public internal(set) var attempt: Int
        /// What it is likely to cost.
        public internal(set) var estimate: Estimate

        /// The key under which a batch's `metadata` has the digest of its shard.
        public static let metadataKey = "gesso_shard"
    }

    /// A sum of prices at the rate of batches, in US dollars.
    public struct Estimate: Sendable, Hashable, Codable {
        /// The price of everything; nil if a part of it is not known.
        public internal(set) var dollars: ClosedRange<Double>? = 0...0
        /// The price of the generated images alone; nil if a part of it is not known.
        public internal(set) var outputDollars: ClosedRange<Double>? = 0...0
        /// Why ``dollars`` is nil.
        public internal(set) var unknownReason: String?

        mutating func add(_ other: Estimate) {
            dollars = Self.sum(dollars, other.dollars)
            outputDollars = Self.sum(outputDollars, other.outputDollars)
            unknownReason = unknownReason ?? other.unknownReason
        }

        private static func sum(_ one: ClosedRange<Double>?, _ other: ClosedRange<Double>?) -> ClosedRange<Double>? {
            guard let one, let other else { return nil }
            return one.lowerBound + other.lowerBound...one.upperBound + other.upperBound
        }
    }
}

extension BatchRun.Estimate: CustomStringConvertible {
    public var description: String {
        func text(_ range: ClosedRange<Double>) -> String {
            func round(_ price: Double) -> Double { (price * 10_000).rounded() / 10_000 }
            let (low, high) = (round(range.lowerBound), round(range.upperBound))
            return low == high ? "\(low) US dollars" : "\(low) to \(high) US dollars"
        }
        if let dollars { return text(dollars) }
        let reason = unknownReason ?? "no price is published."
        guard let outputDollars else { return "not known: \(reason)" }
        return "\(text(outputDollars)) for the generated images; the rest is not known: \(reason)"
    }
}
