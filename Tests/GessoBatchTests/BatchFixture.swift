import Foundation
import Gesso
import GessoMockServer
import Synchronization
import Testing

@testable import GessoBatch

/// A directory for one test, and jobs for it.
final class BatchFixture: Sendable {
    let root: URL
    var run: URL { root.appending(path: "run") }
    var out: URL { root.appending(path: "out") }

    /// Every image is small, whatever size is asked for.
    static let behavior = MockServer.Behavior(size: "64x48")

    init() throws {
        root = FileManager.default.temporaryDirectory.appending(path: "gesso-batch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    static func generation(_ id: String, prompt: String = "a lighthouse", model: Model = .gptImage2) -> BatchRun.Job {
        var request = GenerationRequest(prompt: prompt, model: model)
        request.size = ImageSize(width: 1024, height: 1024)
        return BatchRun.Job(id: id, request)
    }

    static func generations(_ count: Int) -> [BatchRun.Job] {
        (0..<count).map { generation("job-\($0)", prompt: "a lighthouse, number \($0)") }
    }

    /// A photograph as a file.
    func photo(_ name: String, width: Int = 320, height: Int = 240) throws -> String {
        var bitmap = try Bitmap(size: Size(width: width, height: height), format: .rgb8)
        let stride = bitmap.bytesPerRow
        try bitmap.withMutableBytes { (bytes) throws(GessoError) in
            for y in 0..<height {
                for x in 0..<3 * width {
                    let level = UInt8(truncatingIfNeeded: 40 + x / 9 + y / 2)
                    bytes.storeBytes(of: level, toByteOffset: y * stride + x, as: UInt8.self)
                }
            }
        }
        let path = root.appending(path: name).path
        try ImageEncoder.encode(bitmap, as: .png(effort: .fast)).data.write(to: URL(filePath: path))
        return path
    }

    static func editJob(_ prompt: String = "a fox", options: EditOptions = EditOptions(model: .gptImage2)) -> Editor.Job
    {
        Editor.Job(
            prompt: prompt, mask: .ellipse(in: Rect(x: 60, y: 50, width: 90, height: 80)), options: options,
            renditions: [.fullSize(), .thumbnail(64, as: .png)])
    }

    /// The files of the output directory by their names; of the results only what is the same in every run.
    func outputs() throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: out.path) where name != "results.jsonl" {
            files[name] = try Data(contentsOf: out.appending(path: name))
        }
        return files
    }

    func summary() throws -> [BatchRun.Outcome] {
        try Data(contentsOf: out.appending(path: "results.jsonl")).split(separator: 10).map {
            try JSONDecoder().decode(BatchRun.Outcome.self, from: $0)
        }
    }

    /// Submits, waits and collects.
    @discardableResult
    func complete(_ run: BatchRun, _ client: ImagesClient) async throws -> [BatchRun.Outcome] {
        try await run.submit(client: client, options: BatchFixture.submitting)
        try await run.finished(client: client, interval: .milliseconds(5))
        return try await collect(run, client)
    }

    func collect(_ run: BatchRun, _ client: ImagesClient) async throws -> [BatchRun.Outcome] {
        var outcomes: [BatchRun.Outcome] = []
        for try await outcome in try await run.results(client: client, to: out) { outcomes.append(outcome) }
        return outcomes
    }

    static var submitting: BatchRun.SubmitOptions {
        var options = BatchRun.SubmitOptions()
        options.settling = .milliseconds(20)
        return options
    }
}

/// Ends a run at its `count`-th step.
final class Interruption: Sendable {
    struct Stopped: Error {}

    private let left: Mutex<Int>

    init(after count: Int) { left = Mutex(count) }

    var hook: @Sendable (String) throws -> Void {
        { [self] _ in
            try left.withLock { left in
                left -= 1
                if left == 0 { throw Stopped() }
            }
        }
    }
}

extension ImagesClient {
    /// How many requests were bought in batches, and in how many.
    func bought() async throws -> (batches: Int, images: Int) {
        let all = try await batches(limit: 100).items
        return (all.count, all.reduce(0) { $0 + ($1.completedCount ?? 0) })
    }
}
