#if SQLite
import Foundation
import Gesso
import GessoMockServer
import Testing

@testable import GessoJobs

@Suite("A job that does not go well", .timeLimit(.minutes(5)))
struct QueueFailureTests {
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
            // The response cannot be read then, which does not make it unusable.
            let cancelled = Task {
                while !Task.isCancelled { await Task.yield() }
                try await queue.decide(id, .resend)
            }
            cancelled.cancel()
            await #expect(throws: ImagesAPIError.self) { try await cancelled.value }
            #expect(try await queue.state(id) == .failed)
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

    @Test("an edit whose regions are sent apart buys only what is missing when it is sent again")
    func regions() async throws {
        var behavior = MockServer.Behavior.ideal
        behavior.faults = [.status(400, code: "moderation_blocked", times: 1)]
        try await QueueFixture.with(behavior) { fixture in
            var options = EditOptions()
            options.regions = .apart
            var bitmap = try Bitmap(size: Size(width: 2_600, height: 700), format: .rgb8)
            try bitmap.forEachRow { row, y in
                for i in row.indices { row[i] = UInt8(truncatingIfNeeded: i / 30 + y / 5) }
            }
            let photo = try ImageEncoder.encode(bitmap, as: .jpeg(quality: 80)).data
            let mask = MaskSource.rectangle(Rect(x: 60, y: 300, width: 120, height: 90))
                .union(.rectangle(Rect(x: 2_300, y: 200, width: 150, height: 120)))
            let job = Editor.Job(prompt: "p", mask: mask, options: options, renditions: [.thumbnail(64, as: .png)])
            let queue = try await fixture.open()
            let id = try await queue.submit(.edit(job, photo: photo), owner: "o").id
            try await queue.run(until: [id])
            let failed = try #require(try await queue.job(id))
            #expect(failed.state == .failed && failed.failure?.code == "moderationBlocked")
            // The other region is paid for, and its response is here.
            #expect(failed.failure?.mayHaveBeenBilled == true && fixture.mock.requestCount == 2)
            #expect(Set(try await fixture.journal().list().map(\.state)) == [.done, .failed])
            try await queue.decide(id, .resend)
            try await queue.run(until: [id])
            let result = try #require(try await queue.job(id)?.result)
            // The server's id is in the header, which is not stored with the response.
            #expect(fixture.mock.requestCount == 3 && result.requestIDs.count == 1)
            #expect(result.audits.map(\.changedPixelsOutside) == [0])
        }
    }

    @Test("a decision that cannot be carried out changes nothing, and can be repeated")
    func decisionThatFails() async throws {
        try await QueueFixture.with { fixture in
            let (queue, id) = try await fixture.open(afterCrash: .claim)
            // A request of the job that somebody else has under way.
            let claim = try await fixture.journal().claim(
                Purchase(key: "\(id)-1", operation: "images.generations", host: "h", digest: "d", label: id))
            let error = await #expect(throws: ImagesAPIError.self) { try await queue.decide(id, .resend) }
            #expect(error?.code == .purchaseUnresolved)
            #expect(try await queue.job(id)?.failure?.code == "purchaseUnresolved")
            #expect(await queue.counts == (planned: 0, running: 0))
            if case .mine(let release) = claim { release() }
            try await queue.decide(id, .resend)
            try await queue.run(until: [id])
            #expect(try await queue.state(id) == .finished && fixture.mock.requestCount == 1)
        }
    }

    @Test("a decision about a job that was decided about since it was read is refused")
    func outdatedDecision() async throws {
        try await QueueFixture.with { fixture in
            let (queue, id) = try await fixture.open(afterCrash: .claim)
            let limits = ImagesClient.ResponseLimits()
            let unknown = try #require(try await queue.job(id))
            let failed = try await queue.decide(id, .giveUp)
            #expect(try await queue.store.reopen(unknown, limits: limits) == false)
            #expect(try await fixture.journal().list().map(\.state) == [.unknown])
            #expect(try await queue.store.reopen(failed, limits: limits))
            #expect(try await queue.store.reopen(failed, limits: limits) == false)
            #expect(try await fixture.journal().list().map(\.state) == [.failed])
        }
    }

    @Test("takes one decision of each kind when several come at a time, and queues the job once at most")
    func decisions() async throws {
        try await QueueFixture.with { fixture in
            let (reopened, id) = try await fixture.open(afterCrash: .claim)
            let taken = await withTaskGroup(of: EditQueue.Decision?.self) { group in
                for index in 0..<8 {
                    let decision = index % 2 == 0 ? EditQueue.Decision.resend : .giveUp
                    group.addTask { (try? await reopened.decide(id, decision)).map { _ in decision } }
                }
                return await group.reduce(into: [EditQueue.Decision]()) { taken, decision in
                    if let decision { taken.append(decision) }
                }
            }
            // A job that was given up may be sent again; one that is sent again cannot be given up.
            #expect(taken.filter { $0 == .resend }.count <= 1 && taken.filter { $0 == .giveUp }.count <= 1)
            #expect(!taken.isEmpty)
            #expect(await reopened.counts.planned <= 1)
        }
    }
}
#endif
