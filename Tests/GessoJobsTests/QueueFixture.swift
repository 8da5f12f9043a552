#if SQLite
import Foundation
import Gesso
import GessoMockServer
import Testing

@testable import GessoJobs

/// A folder for a queue and a mock server that captures requests.
struct QueueFixture: Sendable {
    let folder: URL
    let mock: MockServer

    var editor: Editor { Editor(client: mock.client()) }
    var jobs: URL { folder.appending(path: "jobs") }
    var spool: URL { folder.appending(path: "spool") }

    func open(_ change: (inout EditQueue.Options) -> Void = { _ in }) async throws -> EditQueue {
        var options = EditQueue.Options()
        change(&options)
        return try await EditQueue(folder: folder, editor: editor, options: options)
    }

    /// The queue's journal, as another process has it.
    func journal() throws -> Purchase.SQLiteJournal {
        try Purchase.SQLiteJournal(folder.appending(path: "journal.sqlite").path, spoolDirectory: spool.path)
    }

    /// A queue that is opened after a crash at that point of the first request of its only job.
    func open(afterCrash point: CrashPoint) async throws -> (queue: EditQueue, id: String) {
        let queue = try await open()
        let id = try await queue.submit(Self.generation("p").work, owner: "o").id
        await queue.abandon()
        try await crash(id, after: point)
        return (try await open(), id)
    }

    /// Leaves a job behind as a crash does at that point of its first request.
    func crash(_ id: String, after point: CrashPoint) async throws {
        let journal = try journal()
        switch point {
        case .claim:
            _ = try await journal.claim(
                Purchase(key: "\(id)-0", operation: "images.generations", host: "h", digest: "d", label: id))
        case .failure:
            try await crash(id, after: .claim)
            try await journal.record(.failed(reason: "connectionFailed"), of: "\(id)-0")
        case .response, .record:
            let client = mock.client().with { configuration in
                configuration.journal = point == .record ? journal : Forgetful(journal: journal)
                configuration.spoolDirectory = spool.path
                (configuration.purchaseKey, configuration.purchaseLabel) = ("\(id)-0", id)
            }
            _ = try await client.generate(Self.generation("p").request)
            client.shutdown()
        }
    }

    enum CrashPoint: CaseIterable { case claim, failure, response, record }

    /// The prompts of the requests so far, in the order of their arrival.
    var prompts: [String] {
        mock.capturedRequests.compactMap { request in
            let json = try? JSONSerialization.jsonObject(with: request.body) as? [String: Any]
            return json?["prompt"] as? String ?? request.parts.first { $0.name == "prompt" }?.text
        }
    }

    static func with<Result>(
        _ behavior: MockServer.Behavior = MockServer.Behavior(size: "64x64"),
        _ body: (QueueFixture) async throws -> Result
    ) async throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gesso-jobs-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let mock = try await MockServer.start(behavior: behavior, capture: true)
        do {
            let result = try await body(QueueFixture(folder: folder, mock: mock))
            await mock.stop()
            return result
        } catch {
            await mock.stop()
            throw error
        }
    }

    static func generation(_ prompt: String, _ renditions: [Rendition] = [.original]) -> (
        request: GenerationRequest, work: EditQueue.Work
    ) {
        let request = GenerationRequest(prompt: prompt, model: .gptImage26Flare, size: .square1024)
        return (request, .generation(request, renditions: renditions))
    }

    static func photo() throws -> Data {
        var bitmap = try Bitmap(size: Size(width: 96, height: 64), format: .rgb8)
        try bitmap.forEachRow { row, y in
            for i in row.indices { row[i] = UInt8(truncatingIfNeeded: i &* 5 &+ y &* 3) }
        }
        return try ImageEncoder.encode(bitmap, as: .png).data
    }

    static func edit(_ prompt: String = "a fox") throws -> EditQueue.Work {
        .edit(
            Editor.Job(
                prompt: prompt, mask: .rectangle(Rect(x: 30, y: 20, width: 24, height: 20)),
                renditions: [.fullSize(), .thumbnail(32, as: .webp(quality: 80))]),
            photo: try photo())
    }
}

/// A journal whose process ends before it records an outcome.
struct Forgetful: Purchase.Journal {
    let journal: Purchase.SQLiteJournal

    func claim(_ purchase: Purchase) async throws -> Purchase.Claim { try await journal.claim(purchase) }
    func record(_ outcome: Purchase.Outcome, of key: String) async throws { throw CancellationError() }
    func list() async throws -> [Purchase.Entry] { try await journal.list() }
    func resolve(_ key: String, as outcome: Purchase.Outcome) async throws {}
}

extension EditQueue {
    /// Runs until these jobs are over, and shuts down.
    func run(until ids: [String]) async throws {
        let running = Task { try await run() }
        for id in ids { for await _ in events(of: id) {} }
        shutDown()
        try await running.value
    }

    /// The state of a job.
    func state(_ id: String) async throws -> Job.State? { try await job(id)?.state }

    /// Ends without a word, as a process does that is killed.
    func abandon() { store.close() }

    /// Waits until no job waits or runs.
    func waitUntilIdle() async {
        while counts != (planned: 0, running: 0) { await Task.yield() }
    }

    /// Waits until the job has an event of this name.
    func wait(for name: String, of id: String) async {
        for await event in events(of: id) where event.name == name { return }
    }
}
#endif
