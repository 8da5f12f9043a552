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

@Suite("A queue of edits", .timeLimit(.minutes(5)))
struct EditQueueTests {
    @Test("makes of an edit what the editor makes of it, and tells each step", arguments: [0, 2])
    func edit(partialImages: Int) async throws {
        try await QueueFixture.with(.ideal) { fixture in
            let queue = try await fixture.open { $0.partialImages = partialImages }
            let submitted = try await queue.submit(QueueFixture.edit(), owner: "ann", label: "{}")
            #expect(submitted.state == .planned && submitted.kind == .edit && submitted.label == "{}")
            let watching = Task {
                var events: [(EditQueue.Event, EditQueue.Job.State?)] = []
                for await event in queue.events(of: submitted.id) {
                    events.append((event, try await queue.state(submitted.id)))
                }
                return events
            }
            try await queue.run(until: [submitted.id])
            let events = try await watching.value
            var names = events.map(\.0.name)
            for name in ["uploading", "partialImage"] { names.removeAll { $0 == name } }
            #expect(names == ["queued", "preparing", "waiting", "finishing", "finished"])
            #expect(events.contains { $0.0.name == "partialImage" } == (partialImages > 0))
            #expect(events.map(\.0.number) == events.map(\.0.number).sorted())
            #expect(events.filter { $0.0.name == "queued" }.allSatisfy { $0.1 == .planned || $0.1 == .sent })
            for (event, _) in events {
                if case .uploading(let sent, let total) = event.kind {
                    #expect((0...total).contains(sent) && total > 0)
                }
            }
            let job = try #require(try await queue.job(submitted.id))
            guard case .edit(let edit, let photo, _) = try QueueFixture.edit() else { return }
            let expected = try await fixture.editor.run(edit, photo: photo).images[0]
            let result = try #require(job.result)
            #expect(try result.outputs.map { try Data(contentsOf: $0.url) } == expected.outputs.map(\.image.data))
            #expect(result.outputs.map(\.rendition) == ["full", "32"])
            #expect(result.outputs.map(\.mimeType) == ["image/png", "image/webp"])
            #expect(result.outputs[0].width == 96 && result.outputs[0].height == 64)
            #expect(result.audits == [try #require(expected.audit)] && result.usage != nil)
            #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.spool.path).isEmpty)
            let purchases = try await fixture.journal().list()
            #expect(purchases.map(\.purchase.label) == [job.id] && purchases.map(\.purchase.key) == ["\(job.id)-0"])
        }
    }

    @Test("is sent while its request is under way, and received when the response is there")
    func states() async throws {
        var behavior = MockServer.Behavior(size: "64x64")
        behavior.latencySeconds = 0.3
        try await QueueFixture.with(behavior) { fixture in
            let queue = try await fixture.open()
            let id = try await queue.submit(QueueFixture.generation("p").work, owner: "o").id
            let running = Task { try await queue.run(until: [id]) }
            await queue.wait(for: "waiting", of: id)
            #expect(try await queue.state(id) == .sent)
            #expect(try await queue.jobs(states: [.sent]).map(\.id) == [id])
            #expect(try await queue.jobs(states: [.planned, .received]).isEmpty)
            try await running.value
            #expect(try await queue.state(id) == .finished)
        }
    }

    @Test("makes each rendition of each generated image; the original is the file as it came")
    func generation() async throws {
        try await QueueFixture.with { fixture in
            let queue = try await fixture.open()
            var request = QueueFixture.generation("p").request
            request.n = 2
            let renditions: [Rendition] = [.thumbnail(32, as: .jpeg(quality: 80)), .original, .thumbnail(16, as: .png)]
            let id = try await queue.submit(.generation(request, renditions: renditions), owner: "o").id
            try await queue.run(until: [id])
            let outputs = try #require(try await queue.job(id)?.result?.outputs)
            #expect(outputs.map(\.image) == [0, 0, 0, 1, 1, 1])
            #expect(outputs.map(\.width) == [32, 64, 16, 32, 64, 16])
            #expect(outputs.map(\.mimeType).prefix(3) == ["image/jpeg", "image/png", "image/png"])
            let plain = try await fixture.mock.client().generate(request)
            #expect(try Data(contentsOf: outputs[1].url) == plain.images[0].data)
            #expect(try Data(contentsOf: outputs[4].url) == plain.images[1].data)
            for output in outputs {
                let data = try Data(contentsOf: output.url)
                #expect(data.count == output.byteCount && output.digest.utf8.count == 64)
                let header = try ImageHeader(probing: data)
                #expect(header.size == Size(width: output.width, height: output.height))
            }
        }
    }

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

    @Test("a broken response may have been billed, and is not requested again by itself")
    func brokenResponse() async throws {
        var behavior = MockServer.Behavior(size: "64x64")
        var cut = Fault.cut(at: 100, with: .reset)
        cut.times = 1
        behavior.faults = [cut]
        try await QueueFixture.with(behavior) { fixture in
            let queue = try await fixture.open()
            let id = try await queue.submit(QueueFixture.generation("p").work, owner: "o").id
            try await queue.run(until: [id])
            let job = try #require(try await queue.job(id))
            #expect(job.state == .unknown && job.failure?.mayHaveBeenBilled == true)
            try await queue.run(until: [id])
            #expect(fixture.mock.requestCount == 1)
            try await queue.decide(id, .resend)
            try await queue.run(until: [id])
            #expect(try await queue.state(id) == .finished && fixture.mock.requestCount == 2)
            let error = await #expect(throws: GessoError.self) { try await queue.decide(id, .resend) }
            #expect(error?.code == .invalidParameter)
        }
    }

    @Test("outputs that cannot be written cost no second request")
    func fullDisk() async throws {
        try await QueueFixture.with { fixture in
            let queue = try await fixture.open()
            let id = try await queue.submit(QueueFixture.generation("p").work, owner: "o").id
            // A file where the folder of the outputs would be.
            let obstacle = fixture.jobs.appending(path: "\(id)/outputs")
            try Data().write(to: obstacle)
            try await queue.run(until: [id])
            let job = try #require(try await queue.job(id))
            #expect(job.state == .failed && job.failure?.code == "fileNotWritable")
            #expect(job.failure?.mayHaveBeenBilled == true)
            try FileManager.default.removeItem(at: obstacle)
            try await queue.decide(id, .resend)
            try await queue.run(until: [id])
            #expect(try await queue.state(id) == .finished && fixture.mock.requestCount == 1)
        }
    }

    @Test("a response that cannot be used is requested again when that is decided")
    func unusableResponse() async throws {
        var behavior = MockServer.Behavior(size: "64x64")
        var garbage = Fault()
        garbage.response = Fault.Replacement(status: 200, body: #"{"data": [{"b64_json": "AAAA"}]}"#)
        garbage.times = 1
        behavior.faults = [garbage]
        try await QueueFixture.with(behavior) { fixture in
            let queue = try await fixture.open()
            let id = try await queue.submit(QueueFixture.generation("p").work, owner: "o").id
            try await queue.run(until: [id])
            let job = try #require(try await queue.job(id))
            #expect(job.state == .failed && job.failure?.mayHaveBeenBilled == true)
            // What arrived is kept.
            #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.spool.path).count == 1)
            try await queue.decide(id, .resend)
            try await queue.run(until: [id])
            #expect(try await queue.state(id) == .finished && fixture.mock.requestCount == 2)
        }
    }

    @Test("an input that has changed on disk is not sent")
    func damagedInput() async throws {
        try await QueueFixture.with(.ideal) { fixture in
            let queue = try await fixture.open()
            let id = try await queue.submit(QueueFixture.edit(), owner: "o").id
            let inputs = fixture.jobs.appending(path: "\(id)/inputs")
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: inputs.path).first)
            var photo = try Data(contentsOf: inputs.appending(path: name))
            photo[photo.count - 20] ^= 1
            try photo.write(to: inputs.appending(path: name))
            try await queue.run(until: [id])
            #expect(try await queue.job(id)?.failure?.code == "corrupt" && fixture.mock.requestCount == 0)
        }
    }

    @Test("gives back what was submitted")
    func work() async throws {
        try await QueueFixture.with { fixture in
            let queue = try await fixture.open()
            let photo = try QueueFixture.photo()
            var drawing = try Bitmap(size: Size(width: 96, height: 64), format: .rgba8)
            try drawing.forEachRow { row, y in for i in row.indices where y > 40 { row[i] = 200 } }
            let markup = try ImageEncoder.encode(drawing, as: .png).data
            let job = Editor.Job(prompt: "p", markup: markup, renditions: [.original])
            let id = try await queue.submit(.edit(job, photo: photo, references: [photo]), owner: "o").id
            guard case .edit(let stored, let storedPhoto, let references) = try await queue.work(of: id) else {
                Issue.record("not an edit")
                return
            }
            #expect(stored == job && storedPhoto == photo && references == [photo])
            var request = QueueFixture.generation("p").request
            (request.n, request.quality, request.extra) = (2, "high", ["seed": .integer(7)])
            let generation = try await queue.submit(.generation(request, renditions: [.original]), owner: "o").id
            guard case .generation(let storedRequest, let renditions) = try await queue.work(of: generation) else {
                Issue.record("not a generation")
                return
            }
            #expect(storedRequest == request && renditions == [.original])
        }
    }

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

    @Test("sends one decision of two at a time")
    func decisions() async throws {
        try await QueueFixture.with { fixture in
            let queue = try await fixture.open()
            let id = try await queue.submit(QueueFixture.generation("p").work, owner: "o").id
            await queue.abandon()
            try await fixture.crash(id, after: .claim)
            let reopened = try await fixture.open()
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for index in 0..<8 {
                    group.addTask { (try? await reopened.decide(id, index % 2 == 0 ? .resend : .giveUp)) != nil }
                }
                return await group.reduce(into: [Bool]()) { $0.append($1) }
            }
            #expect(outcomes.filter { $0 }.count == 1)
            #expect(await reopened.counts.planned <= 1)
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
