#if SQLite
import Foundation
import Gesso
import GessoMockServer
import Synchronization
import Testing

@testable import GessoJobs

#if ServiceLifecycle
import ServiceLifecycleTestKit
#endif

@Suite("A queue that runs", .timeLimit(.minutes(5)))
struct QueueRunningTests {
    @Test("lets owners take turns")
    func fairness() async throws {
        try await QueueFixture.with { fixture in
            let queue = try await fixture.open { $0.maximumConcurrentJobs = 1 }
            var ids: [String] = []
            for (owner, prompts) in [("a", ["a1", "a2", "a3", "a4"]), ("b", ["b1", "b2"]), ("c", ["c1"])] {
                for prompt in prompts {
                    ids.append(try await queue.submit(QueueFixture.generation(prompt).work, owner: owner).id)
                }
            }
            #expect(await queue.counts.planned == 7)
            try await queue.run(until: ids)
            #expect(fixture.prompts == ["a1", "b1", "c1", "a2", "b2", "a3", "a4"])
            #expect(try await queue.jobs(owner: "b").map(\.id) == [ids[5], ids[4]])
            let page = try await queue.jobs(limit: 3)
            #expect(page.map(\.id) == Array(ids.reversed().prefix(3)))
            #expect(try await queue.jobs(limit: 9, before: page.last).map(\.id) == Array(ids.reversed().dropFirst(3)))
        }
    }

    /// Counts the requests under way.
    private final class Meter: ImagesClient.Observer {
        private let counts = Mutex((now: 0, most: 0))
        var most: Int { counts.withLock { $0.most } }

        func begin(
            _ attempt: ImagesClient.Attempt
        ) -> (headers: [(String, String)], ended: @Sendable (ImagesClient.Attempt.Outcome) -> Void) {
            counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            return ([], { [self] _ in counts.withLock { $0.now -= 1 } })
        }
    }

    @Test("runs no more jobs at a time than it may", arguments: [1, 2, 3])
    func concurrency(limit: Int) async throws {
        var behavior = MockServer.Behavior(size: "64x64")
        behavior.latencySeconds = 0.2
        try await QueueFixture.with(behavior) { fixture in
            let meter = Meter()
            let client = fixture.mock.client().with { $0.observers = [meter] }
            var options = EditQueue.Options()
            options.maximumConcurrentJobs = limit
            let queue = try await EditQueue(folder: fixture.folder, editor: Editor(client: client), options: options)
            var ids: [String] = []
            for index in 0..<7 {
                ids.append(try await queue.submit(QueueFixture.generation("\(index)").work, owner: "o").id)
            }
            try await queue.run(until: ids)
            #expect(meter.most == limit && fixture.mock.requestCount == 7)
        }
    }

    @Test("starts nothing while it is paused")
    func pausing() async throws {
        try await QueueFixture.with { fixture in
            let queue = try await fixture.open()
            await queue.pause()
            let running = Task { try await queue.run() }
            let id = try await queue.submit(QueueFixture.generation("p").work, owner: "o").id
            try await Task.sleep(for: .milliseconds(100))
            #expect(await queue.isPaused)
            #expect(await queue.counts == (planned: 1, running: 0))
            #expect(try await queue.state(id) == .planned && fixture.mock.requestCount == 0)
            await queue.resume()
            for await _ in queue.events(of: id) {}
            #expect(try await queue.state(id) == .finished)
            await queue.shutDown()
            try await running.value
        }
    }

    @Test("finishes what is sent when it shuts down, and parks the rest")
    func shutdown() async throws {
        var behavior = MockServer.Behavior(size: "64x64")
        behavior.latencySeconds = 0.3
        try await QueueFixture.with(behavior) { fixture in
            let queue = try await fixture.open { $0.maximumConcurrentJobs = 1 }
            var ids: [String] = []
            for prompt in ["1", "2", "3"] {
                ids.append(try await queue.submit(QueueFixture.generation(prompt).work, owner: "o").id)
            }
            let running = Task { try await queue.run() }
            await queue.wait(for: "waiting", of: ids[0])
            await queue.shutDown()
            try await running.value
            #expect(try await queue.jobs().map(\.state) == [.planned, .planned, .finished])
            #expect(fixture.prompts == ["1"])
            try await queue.run(until: ids)
            #expect(try await queue.jobs().map(\.state) == [.finished, .finished, .finished])
            #expect(fixture.prompts == ["1", "2", "3"])
        }
    }

    @Test(
        "cancels what does not end in time when it shuts down, or at once when its task is cancelled",
        arguments: [true, false])
    func timeout(isGraceful: Bool) async throws {
        var behavior = MockServer.Behavior(size: "64x64")
        behavior.faults = [.stall(at: 10, seconds: 60)]
        try await QueueFixture.with(behavior) { fixture in
            let queue = try await fixture.open { $0.shutdownTimeout = .milliseconds(50) }
            let id = try await queue.submit(QueueFixture.generation("p").work, owner: "o").id
            let running = Task { try await queue.run() }
            await queue.wait(for: "waiting", of: id)
            while fixture.mock.requestCount == 0 { await Task.yield() }
            if isGraceful { await queue.shutDown() } else { running.cancel() }
            try await running.value
            let job = try #require(try await queue.job(id))
            #expect(job.state == .unknown && job.failure?.mayHaveBeenBilled == true)
        }
    }

    @Test("a job that is being prepared is put back by a shutdown")
    func parking() async throws {
        try await QueueFixture.with(.ideal) { fixture in
            // Preparing waits for memory that is not given back before the shutdown.
            let budget = PixelBudget(bytes: 64 << 20)
            var editor = fixture.editor
            editor.budget = budget
            let queue = try await EditQueue(folder: fixture.folder, editor: editor)
            let id = try await queue.submit(QueueFixture.edit(), owner: "o").id
            let running = Task { try await queue.run() }
            try await budget.withReservation(64 << 20) {
                await queue.wait(for: "preparing", of: id)
                await queue.shutDown()
                try await running.value
            }
            #expect(try await queue.state(id) == .planned && fixture.mock.requestCount == 0)
            #expect(await queue.counts == (planned: 1, running: 0))
            try await queue.run(until: [id])
            #expect(try await queue.state(id) == .finished)
        }
    }

    #if ServiceLifecycle
    @Test("ends as a service when the services shut down gracefully")
    func service() async throws {
        var behavior = MockServer.Behavior(size: "64x64")
        behavior.latencySeconds = 0.2
        try await QueueFixture.with(behavior) { fixture in
            let queue = try await fixture.open()
            let id = try await queue.submit(QueueFixture.generation("p").work, owner: "o").id
            try await testGracefulShutdown { trigger in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await queue.run() }
                    await queue.wait(for: "waiting", of: id)
                    trigger.triggerGracefulShutdown()
                    try await group.waitForAll()
                }
            }
            #expect(try await queue.state(id) == .finished)
        }
    }
    #endif
}

@Suite("A queue with turns")
struct TurnQueueTests {
    @Test("gives each owner one job a turn, in the order of submission, and forgets owners without jobs")
    func turns() {
        var queue = TurnQueue()
        for (id, owner) in [("a1", "a"), ("a2", "a"), ("b1", "b"), ("a3", "a"), ("c1", "c"), ("b2", "b")] {
            queue.append(id, owner: owner)
        }
        queue.remove("b1", owner: "b")
        queue.remove("b1", owner: "b")
        queue.remove("c1", owner: "c")
        #expect(queue.count == 4)
        #expect([queue.next(), queue.next()] == ["a1", "b2"])
        queue.append("b3", owner: "b")
        #expect([queue.next(), queue.next(), queue.next(), queue.next()] == ["a2", "b3", "a3", nil])
        #expect(queue.count == 0)
    }
}
#endif
