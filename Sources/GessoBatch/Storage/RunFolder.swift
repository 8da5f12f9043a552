import Gesso

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What was planned, in `run.json`; without it there is no run.
struct RunPlan: Codable, Sendable {
    var version = 1
    /// The SHA-256 of all jobs in the order of the manifest.
    var digest: String
    var jobCount: Int
    /// The name of the server that the lines are written for.
    var server: String
    var shards: [BatchRun.Shard]
    /// What model and server may refuse, or not do as expected; each once.
    var warnings: [String]
    /// The limits that the jobs were divided by; nil in plans of earlier versions.
    var shardLines: Int?
    var shardBytes: Int?
}

/// The files of a run.
///
///     run.json            the plan: digest of the manifest, shards
///     jobs-00001.jsonl    the jobs of a shard, with what was prepared for each
///     shard-00001.log     what has happened to a shard
///     uploads.log         the file ids of uploaded images, by their digests
///     results.log         the outcomes of jobs
///     files/              prepared images and masks, named after their digests
///     kept/               responses to some of the requests of a job that has several
///     received/           images of results that are being finished
///     purchases/          the purchase journal
struct RunFolder: Sendable {
    let path: String
    /// Called after each change of state and each request; tests stop a run here.
    private let onStep: (@Sendable (String) throws -> Void)?
    /// How long to wait for another step of the run; what a cancelled one has begun ends meanwhile.
    let lockTimeout: Duration
    /// Where waiting for the disk holds no other work.
    let disk = PixelPool(threadCount: 1)

    init(
        _ path: String, lockTimeout: Duration = .seconds(5), onStep: (@Sendable (String) throws -> Void)? = nil
    ) {
        (self.path, self.lockTimeout, self.onStep) = (path, lockTimeout, onStep)
    }

    var planFile: String { "\(path)/run.json" }
    var progressFile: String { "\(path)/plan.log" }
    var earlierProgressFile: String { "\(path)/plan-earlier.log" }
    var uploadsFile: String { "\(path)/uploads.log" }
    var outcomesFile: String { "\(path)/results.log" }
    var files: URL { folder("files") }
    var kept: URL { folder("kept") }
    var received: URL { folder("received") }
    var purchases: URL { folder("purchases") }
    func jobsFile(_ shard: Int) -> String { "\(path)/jobs-\(Self.digits(shard)).jsonl" }
    func stateFile(_ shard: Int) -> String { "\(path)/shard-\(Self.digits(shard)).log" }

    private func folder(_ name: String) -> URL { URL(filePath: "\(path)/\(name)", directoryHint: .isDirectory) }

    private static func digits(_ number: Int) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, 5 - text.count)) + text
    }

    /// Tells tests that a step is done, which may end the run here.
    func step(_ name: String) throws { try onStep?(name) }

    func makeFolder(_ url: URL) throws(GessoError) {
        do {
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw GessoError(
                .fileNotWritable, stage: "batch",
                "The directory \(url.path) cannot be made; check that you may write there, or choose another --run.",
                facts: ["path": url.path])
        }
    }

    /// What was planned; nil as long as there is no complete plan.
    func plan() throws(GessoError) -> RunPlan? {
        guard FileManager.default.fileExists(atPath: planFile) else { return nil }
        let data = try FileContents.read(planFile, maximum: 64 << 20)
        guard let plan = try? JSONDecoder().decode(RunPlan.self, from: data), plan.version == 1 else {
            throw GessoError(
                .corrupt, stage: "batch",
                "\(planFile) is not the plan of a run of this version; use the version that made it, or another --run.",
                facts: ["path": planFile])
        }
        return plan
    }

    /// The plan of a run that has one.
    func planned() throws(GessoError) -> RunPlan {
        guard let plan = try plan() else {
            throw GessoError(
                .fileNotFound, stage: "batch", "The plan \(planFile) is gone.", facts: ["path": planFile])
        }
        return plan
    }

    func write(_ plan: RunPlan) throws(GessoError) {
        try OutputFile(at: planFile).write(try LineCoding.encode(plan), overwrites: true, isPrivate: true)
    }

    /// Keeps other processes from changing the run for as long as the lock is referred to.
    func lock() async throws -> RunLock {
        try makeFolder(URL(filePath: path, directoryHint: .isDirectory))
        let deadline = ContinuousClock.now + lockTimeout
        while true {
            if let lock = try RunLock("\(path)/lock") { return lock }
            guard ContinuousClock.now < deadline else {
                throw GessoError(
                    .overloaded, stage: "batch",
                    "Another process works on this run (\(path)/lock is locked); wait for it.",
                    facts: ["path": "\(path)/lock"])
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    func removeAll(in folder: URL) {
        // What cannot be removed only takes space.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] {
            unlink("\(folder.path)/\(name)")
        }
    }
}

/// A lock on a run, which ends with the process at the latest.
final class RunLock: Sendable {
    private let descriptor: Int32

    /// Nil while somebody else has it.
    init?(_ path: String) throws(GessoError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw GessoError(
                .fileNotWritable, stage: "batch",
                "\(path) cannot be opened: \(String(cString: strerror(errno))); choose another --run.",
                facts: ["path": path])
        }
        // A file system without locks has none to respect.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else { return nil }
    }

    // Also when `init` fails.
    deinit { if descriptor >= 0 { close(descriptor) } }
}
