#if SQLite
import Foundation
import Gesso
import GessoMockServer
import Testing

@testable import GessoJobs

@Suite("A queue that is given jobs", .timeLimit(.minutes(5)))
struct SubmissionTests {
    @Test("refuses what cannot be sent before it stores anything")
    func refusals() async throws {
        try await QueueFixture.with { fixture in
            let queue = try await fixture.open { $0.maximumQueuedJobs = 2 }
            let good = QueueFixture.generation("p").work
            let outside = Editor.Job(prompt: "p", mask: .rectangle(Rect(x: 500, y: 500, width: 9, height: 9)))
            let submissions: [(EditQueue.Work, String, String?, String?)] = [
                (.edit(outside, photo: try QueueFixture.photo()), "o", nil, nil),
                (.edit(Editor.Job(prompt: "p"), photo: Data("no image".utf8)), "o", nil, nil),
                (QueueFixture.generation("").work, "o", nil, nil),
                (good, "", nil, nil), (good, String(repeating: "o", count: 257), nil, nil),
                (good, "o", "a/b", nil), (good, "o", "", nil), (good, "o", nil, String(repeating: "l", count: 4_097)),
            ]
            for (work, owner, id, label) in submissions {
                await #expect(throws: (any Error).self) {
                    _ = try await queue.submit(work, owner: owner, id: id, label: label)
                }
            }
            #expect(try await queue.jobs().isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.jobs.path).isEmpty)
            let first = try await queue.submit(good, owner: "o", id: "mine")
            #expect(try await queue.submit(good, owner: "o", id: "mine").created == first.created)
            let taken = await #expect(throws: GessoError.self) {
                _ = try await queue.submit(good, owner: "other", id: "mine")
            }
            #expect(taken?.code == .invalidParameter)
            _ = try await queue.submit(good, owner: "o")
            let full = await #expect(throws: GessoError.self) { _ = try await queue.submit(good, owner: "o") }
            #expect(full?.code == .overloaded)
            #expect(try await queue.jobs().count == 2)
        }
    }

    @Test("deletes a job with its files and purchases, also one that runs", arguments: [false, true])
    func deletion(isRunning: Bool) async throws {
        var behavior = MockServer.Behavior(size: "64x64")
        behavior.latencySeconds = 60
        try await QueueFixture.with(behavior) { fixture in
            let queue = try await fixture.open()
            let id = try await queue.submit(QueueFixture.generation("p").work, owner: "o").id
            let running = Task { if isRunning { try await queue.run() } }
            if isRunning { await queue.wait(for: "waiting", of: id) }
            let watching = Task {
                var names: [String] = []
                for await event in queue.events(of: id) { names.append(event.name) }
                return names
            }
            #expect(try await queue.delete(id))
            #expect(await watching.value.allSatisfy { !["finished", "failed", "unknown"].contains($0) })
            #expect(try await queue.job(id) == nil)
            #expect(try await queue.delete(id) == false)
            #expect(try await fixture.journal().list().isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.jobs.path).isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.spool.path).isEmpty)
            for await event in queue.events(of: id) { Issue.record("\(event)") }
            await queue.shutDown()
            try await running.value
        }
    }

    @Test("sends nothing for a job that was deleted while it was on its way into the queue")
    func deletedWhileWaiting() async throws {
        try await QueueFixture.with { fixture in
            let queue = try await fixture.open()
            let id = try await queue.submit(QueueFixture.generation("p").work, owner: "o").id
            #expect(try await queue.store.table.delete(id))
            let running = Task { try await queue.run() }
            await queue.waitUntilIdle()
            await queue.shutDown()
            try await running.value
            #expect(fixture.mock.requestCount == 0)
            #expect(try await fixture.journal().list().isEmpty)
        }
    }

    @Test("keeps nothing of a submission that is cancelled, and its id is free")
    func cancellation() async throws {
        try await QueueFixture.with { fixture in
            let queue = try await fixture.open()
            let work = QueueFixture.generation("p").work
            let cancelled = Task {
                while !Task.isCancelled { await Task.yield() }
                _ = try await queue.submit(work, owner: "o", id: "mine")
            }
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.jobs.path).isEmpty)
            #expect(await queue.counts == (planned: 0, running: 0))
            #expect(try await queue.submit(work, owner: "o", id: "mine").state == .planned)
        }
    }

    @Test("removes a job with all its files also when the deletion is cancelled")
    func cancelledDeletion() async throws {
        try await QueueFixture.with { fixture in
            let queue = try await fixture.open()
            let id = try await queue.submit(QueueFixture.generation("p").work, owner: "o").id
            let cancelled = Task {
                while !Task.isCancelled { await Task.yield() }
                return try await queue.delete(id)
            }
            cancelled.cancel()
            #expect(try await cancelled.value)
            #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.jobs.path).isEmpty)
            #expect(try await queue.submit(QueueFixture.generation("p").work, owner: "o", id: id).state == .planned)
        }
    }

    @Test("is open once at a time")
    func exclusive() async throws {
        try await QueueFixture.with { fixture in
            let queue = try await fixture.open()
            let error = await #expect(throws: GessoError.self) { _ = try await fixture.open() }
            #expect(error?.code == .overloaded && error?.stage == "jobs")
            await queue.abandon()
            _ = try await fixture.open()
        }
    }
}
#endif
