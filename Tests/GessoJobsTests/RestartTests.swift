#if SQLite
import Foundation
import Gesso
import GessoMockServer
import Testing

@testable import GessoJobs

@Suite("After a crash", .timeLimit(.minutes(5)))
struct RestartTests {
    @Test("a planned job runs")
    func planned() async throws {
        try await QueueFixture.with { fixture in
            let queue = try await fixture.open()
            let id = try await queue.submit(QueueFixture.generation("p").work, owner: "o").id
            await queue.abandon()
            let reopened = try await fixture.open()
            #expect(try await reopened.state(id) == .planned)
            try await reopened.run(until: [id])
            #expect(try await reopened.state(id) == .finished)
            #expect(fixture.prompts == ["p"])
        }
    }

    @Test(
        "a job whose request was claimed is unknown, and is sent again only when that is decided",
        arguments: [true, false])
    func claimed(resends: Bool) async throws {
        try await QueueFixture.with { fixture in
            let (reopened, id) = try await fixture.open(afterCrash: .claim)
            let job = try #require(try await reopened.job(id))
            #expect(job.state == .unknown && job.isOver)
            #expect(job.failure?.code == "purchaseUnresolved" && job.failure?.mayHaveBeenBilled == true)
            let other = try await reopened.submit(QueueFixture.generation("q").work, owner: "o").id
            try await reopened.run(until: [id, other])
            #expect(fixture.prompts == ["q"])
            #expect(try await reopened.decide(id, resends ? .resend : .giveUp).state == (resends ? .planned : .failed))
            try await reopened.run(until: [id])
            #expect(try await reopened.state(id) == (resends ? .finished : .failed))
            #expect(fixture.prompts == (resends ? ["q", "p"] : ["q"]))
        }
    }

    @Test("a job that has its response is finished without a request, recorded or not", arguments: [false, true])
    func received(isRecorded: Bool) async throws {
        try await QueueFixture.with { fixture in
            let (reopened, id) = try await fixture.open(afterCrash: isRecorded ? .record : .response)
            #expect(try await reopened.state(id) == .received)
            try await reopened.run(until: [id])
            let job = try #require(try await reopened.job(id))
            #expect(job.state == .finished && fixture.mock.requestCount == 1)
            let output = try #require(job.result?.outputs.first)
            #expect(try ImageHeader(probing: Data(contentsOf: output.url)).size == Size(width: 64, height: 64))
        }
    }

    @Test("an edit that has its response is finished without a request, with the files of an undisturbed run")
    func receivedEdit() async throws {
        try await QueueFixture.with(.ideal) { fixture in
            let queue = try await fixture.open()
            let whole = try await queue.submit(QueueFixture.edit(), owner: "o").id
            try await queue.run(until: [whole])
            let id = try await queue.submit(QueueFixture.edit(), owner: "o").id
            await queue.abandon()
            guard case .edit(let job, let photo, _) = try QueueFixture.edit() else { return }
            let client = fixture.mock.client().with { configuration in
                configuration.journal = try? fixture.journal()
                configuration.spoolDirectory = fixture.spool.path
                (configuration.purchaseKey, configuration.purchaseLabel) = ("\(id)-0", id)
            }
            _ = try await Editor(client: client).run(job, photo: photo)
            #expect(fixture.mock.requestCount == 2)
            let reopened = try await fixture.open()
            try await reopened.run(until: [id])
            let (first, second) = (try await reopened.job(whole), try await reopened.job(id))
            #expect(first?.result?.outputs.map(\.digest) == second?.result?.outputs.map(\.digest))
            #expect(second?.result?.audits.map(\.changedPixelsOutside) == [0])
            #expect(fixture.mock.requestCount == 2)
        }
    }

    @Test(
        "a job whose response was stored after the wait for it was given up is finished without a request",
        arguments: [false, true])
    func lateResponse(isDecided: Bool) async throws {
        try await QueueFixture.with { fixture in
            let (crashed, id) = try await fixture.open(afterCrash: .claim)
            var queue = crashed
            try await fixture.journal().record(.unknown(reason: "cancelled"), of: "\(id)-0")
            #expect(try await queue.state(id) == .unknown)
            let image = try QueueFixture.photo().base64EncodedString()
            try Data(#"{"created": 1, "data": [{"b64_json": "\#(image)"}]}"#.utf8)
                .write(to: fixture.spool.appending(path: "gesso-\(id)-0.json"))
            if isDecided {
                try await queue.decide(id, .resend)
            } else {
                await queue.abandon()
                queue = try await fixture.open()
            }
            let job = try #require(try await queue.job(id))
            #expect(job.state == .received && job.failure == nil)
            try await queue.run(until: [id])
            #expect(try await queue.state(id) == .finished && fixture.mock.requestCount == 0)
        }
    }

    @Test("a job whose purchase was resolved elsewhere has its last event, and can be sent again")
    func resolvedElsewhere() async throws {
        try await QueueFixture.with { fixture in
            let (queue, id) = try await fixture.open(afterCrash: .claim)
            try await fixture.journal().resolve("\(id)-0", as: .failed(reason: "checked"))
            #expect(try await queue.job(id)?.isOver == true)
            var names: [String] = []
            for await event in queue.events(of: id) { names.append(event.name) }
            #expect(names == ["unknown"])
            #expect(try await queue.decide(id, .resend).isOver == false)
            try await queue.run(until: [id])
            #expect(try await queue.state(id) == .finished && fixture.prompts == ["p"])
        }
    }

    @Test("a job whose request failed unbilled is sent again")
    func failedPurchase() async throws {
        try await QueueFixture.with { fixture in
            let (reopened, id) = try await fixture.open(afterCrash: .failure)
            #expect(try await reopened.state(id) == .planned)
            try await reopened.run(until: [id])
            #expect(try await reopened.state(id) == .finished)
        }
    }

    @Test("jobs that are over stay as they are, and their last event is known")
    func over() async throws {
        var behavior = MockServer.Behavior(size: "64x64")
        behavior.faults = [.status(400, code: "moderation_blocked", times: 1)]
        try await QueueFixture.with(behavior) { fixture in
            let queue = try await fixture.open { $0.maximumConcurrentJobs = 1 }
            let failed = try await queue.submit(QueueFixture.generation("p").work, owner: "o", label: "mine").id
            let finished = try await queue.submit(QueueFixture.generation("q").work, owner: "o").id
            try await queue.run(until: [failed, finished])
            await queue.abandon()
            let reopened = try await fixture.open()
            #expect(try await reopened.state(finished) == .finished)
            let job = try #require(try await reopened.job(failed))
            #expect(job.state == .failed && job.failure?.code == "moderationBlocked" && job.label == "mine")
            #expect(job.failure?.mayHaveBeenBilled == false)
            for (id, name) in [(failed, "failed"), (finished, "finished")] {
                var events: [EditQueue.Event] = []
                for await event in reopened.events(of: id) { events.append(event) }
                #expect(events.map(\.name) == [name])
                for await event in reopened.events(of: id, after: events.first?.number) { Issue.record("\(event)") }
            }
            try await reopened.decide(failed, .resend)
            try await reopened.run(until: [failed])
            #expect(try await reopened.state(failed) == .finished)
        }
    }

    @Test("submissions and deletions that were interrupted leave nothing")
    func leftovers() async throws {
        try await QueueFixture.with { fixture in
            let queue = try await fixture.open()
            let deleted = try await queue.submit(QueueFixture.generation("p").work, owner: "o").id
            _ = try await queue.store.table.delete(deleted)
            _ = try await queue.store.table.reserve("half", owner: "o", label: nil, kind: .edit)
            try await queue.store.folder("half").store(QueueFixture.edit())
            await queue.abandon()
            let reopened = try await fixture.open()
            #expect(try await reopened.jobs().isEmpty)
            #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.jobs.path).isEmpty)
            #expect(
                try await reopened.submit(QueueFixture.generation("p").work, owner: "o", id: "half").state == .planned)
        }
    }

    @Test("the response of a finished job is removed")
    func leftoverResponse() async throws {
        try await QueueFixture.with { fixture in
            let queue = try await fixture.open()
            let id = try await queue.submit(QueueFixture.generation("p").work, owner: "o").id
            try await queue.run(until: [id])
            #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.spool.path).isEmpty)
            await queue.abandon()
            try Data("{}".utf8).write(to: fixture.spool.appending(path: "gesso-\(id)-0.json"))
            try Data("{}".utf8).write(to: fixture.spool.appending(path: "gesso-other.json"))
            _ = try await fixture.open()
            #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.spool.path) == ["gesso-other.json"])
        }
    }

    @Test("numbers of events go on increasing")
    func numbers() async throws {
        try await QueueFixture.with { fixture in
            var last = 0
            for _ in 0..<3 {
                let queue = try await fixture.open()
                let id = try await queue.submit(QueueFixture.generation("p").work, owner: "o").id
                try await queue.run(until: [id])
                for await event in queue.events(of: id) {
                    #expect(event.number > last && event.number < 1 << 53)
                    last = event.number
                }
                await queue.abandon()
            }
        }
    }

    @Test("a damaged database is a typed error; it and the files of the jobs stay as they are")
    func damagedDatabase() async throws {
        try await QueueFixture.with { fixture in
            var queue: EditQueue? = try await fixture.open()
            let id = try #require(try await queue?.submit(QueueFixture.edit(), owner: "o").id)
            await queue?.abandon()
            queue = nil
            let path = fixture.folder.appending(path: "journal.sqlite")
            for ending in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path.path + ending) }
            let garbage = Data(repeating: 0x5A, count: 50_000)
            try garbage.write(to: path)
            let error = await #expect(throws: GessoError.self) { _ = try await fixture.open() }
            #expect(error?.code == .corrupt && error?.stage == "jobs" && error?.facts["path"] == path.path)
            #expect(try Data(contentsOf: path) == garbage)
            let inputs = fixture.jobs.appending(path: "\(id)/inputs").path
            #expect(try FileManager.default.contentsOfDirectory(atPath: inputs).count == 1)
        }
    }
}
#endif
