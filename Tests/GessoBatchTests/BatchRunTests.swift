import Foundation
import Gesso
import GessoMockServer
import Testing

@testable import GessoBatch

@Suite("A batch run", .timeLimit(.minutes(5)))
struct BatchRunTests {
    private func withClient<R: Sendable>(
        _ behavior: MockServer.Behavior = BatchFixture.behavior, _ body: @Sendable (ImagesClient) async throws -> R
    ) async throws -> R {
        try await MockServer.run(behavior: behavior) { mock in
            let client = mock.client()
            defer { client.shutdown() }
            return try await body(client)
        }
    }

    @Test("writes the files that single generations give, and one line for each job in the order of the manifest")
    func generations() async throws {
        let fixture = try BatchFixture()
        try await withClient { client in
            var options = BatchRun.PlanOptions()
            options.shardLines = 2
            let jobs = BatchFixture.generations(5)
            let run = try await BatchRun.plan(jobs, in: fixture.run, options: options)
            let outcomes = try await fixture.complete(run, client)
            #expect(outcomes.count == 5 && outcomes.allSatisfy { $0.status == .done })
            #expect(try fixture.summary().map(\.id) == jobs.map(\.id))
            #expect(try fixture.summary().allSatisfy { ($0.cost ?? 0) > 0 && $0.requestIDs.count == 1 })
            let outputs = try fixture.outputs()
            #expect(outputs.count == 5)
            for job in jobs {
                guard case .generation(let request) = job.work else { continue }
                #expect(outputs["\(job.id)-0.png"] == (try await client.generate(request).data))
            }
            let bought = try await client.bought()
            #expect(bought.batches == 3 && bought.images == 5)
            // Nothing is left to do.
            #expect(try await run.submit(client: client) == BatchRun.Submission())
            #expect(try await fixture.collect(run, client).isEmpty)
            #expect(try await run.status(client: client).isFinished)
            #expect(try FileManager.default.contentsOfDirectory(atPath: run.folder.received.path).isEmpty)
        }
    }

    @Test("finishes edits as the editor does: equal in every byte")
    func edits() async throws {
        let fixture = try BatchFixture()
        try await withClient(.init(drift: 4, shiftX: 1)) { client in
            let photo = try fixture.photo("photo.png")
            let job = BatchFixture.editJob()
            let run = try await BatchRun.plan(
                [BatchRun.Job(id: "fox", .init(job, of: .file(photo)))], in: fixture.run)
            let outcomes = try await fixture.complete(run, client)
            #expect(outcomes.map(\.status) == [.done])
            #expect(outcomes[0].files == ["fox-0-full.png", "fox-0-64.png"])
            let editor = Editor(client: client, options: job.options)
            let before = try Data(contentsOf: URL(filePath: photo))
            let result = try await editor.run(job, photo: before)
            let outputs = try fixture.outputs()
            #expect(result.images[0].outputs.map(\.image.data) == outcomes[0].files.map { outputs[$0] })
            #expect(result.images[0].audit?.changedPixelsOutside == 0)
        }
    }

    @Test("uploads an image once for all jobs that need it, and deletes it when that is asked for")
    func uploads() async throws {
        let fixture = try BatchFixture()
        try await withClient { client in
            let photo = try fixture.photo("photo.png")
            let jobs = ["a fox", "an owl", "a hare"].map { prompt in
                BatchRun.Job(id: prompt, .init(BatchFixture.editJob(prompt), of: .file(photo)))
            }
            let run = try await BatchRun.plan(jobs, in: fixture.run)
            try await fixture.complete(run, client)
            // One image and one mask.
            #expect(try await client.files(purpose: "vision").items.count == 2)
            #expect(try await run.deleteUploads(client: client) == 3)
            #expect(try await client.files(purpose: "vision").items.isEmpty)
            #expect(try await client.files(purpose: "batch").items.isEmpty)
            #expect(try fixture.outputs().count == 6)
        }
    }

    @Test("keeps images of edits by file id as they come, with thumbnails")
    func remoteEdits() async throws {
        let fixture = try BatchFixture()
        try await withClient { client in
            let photo = try Data(contentsOf: URL(filePath: fixture.photo("photo.png", width: 832, height: 800)))
            let file = try await client.uploadFile(photo, filename: "a.png", purpose: "vision")
            let job = Editor.Job(
                prompt: "a fox", options: EditOptions(model: .gptImage2), renditions: [.thumbnail(32, as: .png)])
            let run = try await BatchRun.plan(
                [BatchRun.Job(id: "remote", .init(job, of: .fileID(file.id)))], in: fixture.run)
            let outcomes = try await fixture.complete(run, client)
            #expect(outcomes.map(\.files) == [["remote-0.png", "remote-0-32.png"]])
        }
    }

    @Test("finishes an edit in separate regions once all of its responses are here")
    func regions() async throws {
        let fixture = try BatchFixture()
        try await withClient(.ideal) { client in
            let photo = try fixture.photo("wide.png", width: 2600, height: 700)
            var options = EditOptions(model: .gptImage2)
            options.sendsPartsApart = true
            let job = Editor.Job(
                prompt: "a fox",
                mask: .union([
                    .rectangle(Rect(x: 60, y: 300, width: 120, height: 90)),
                    .ellipse(in: Rect(x: 2300, y: 200, width: 150, height: 120)),
                ]), options: options)
            let run = try await BatchRun.plan(
                [BatchRun.Job(id: "two", .init(job, of: .file(photo)))], in: fixture.run)
            #expect(try run.shards.map(\.requestCount) == [2])
            let outcomes = try await fixture.complete(run, client)
            #expect(outcomes.map(\.status) == [.done])
            let result = try await Editor(client: client, options: options).run(
                job, photo: Data(contentsOf: URL(filePath: photo)))
            #expect(try fixture.outputs()["two-0-full.png"] == result.images[0].outputs[0].image.data)
            #expect(try FileManager.default.contentsOfDirectory(atPath: run.folder.kept.path).isEmpty)
        }
    }

    @Test("retries what expired, and never what was refused", arguments: [0, 2])
    func expired(processed: Int) async throws {
        let fixture = try BatchFixture()
        var options = BatchRun.PlanOptions()
        options.ignoresModelRules = true
        var refused = GenerationRequest(prompt: "x", model: .gptImage2)
        refused.size = ImageSize(width: 16, height: 16)
        let jobs = [BatchRun.Job(id: "refused", refused)] + BatchFixture.generations(3)
        let run = try await BatchRun.plan(jobs, in: fixture.run, options: options)
        try await withClient(.init(size: "64x48", batchExpiresAfter: processed)) { client in
            let outcomes = try await fixture.complete(run, client)
            #expect(outcomes.count == 4)
            #expect(outcomes.filter { $0.status == .done }.count == max(0, processed - 1))
            let expired = outcomes.filter { $0.error?.isRetryable == true }
            #expect(expired.count == 4 - processed && expired.allSatisfy { $0.error?.code == "batch_expired" })
        }
        let retried = try await run.retry()
        #expect(retried.map(\.jobCount) == [4 - processed])
        #expect(retried.map(\.attempt) == [1])
        // Asked twice, the same.
        #expect(try await run.retry() == retried)
        try await withClient { client in
            let outcomes = try await fixture.complete(run, client)
            #expect(outcomes.count == 4 - processed)
            let bought = try await client.bought()
            #expect(bought.batches == 1 && bought.images == 3 - max(0, processed - 1))
            #expect(try fixture.outputs().count == 3)
            let states = try fixture.summary().map { "\($0.id) \($0.status)" }
            #expect(states == ["refused failed", "job-0 done", "job-1 done", "job-2 done"])
            #expect(try await run.retry().isEmpty)
        }
    }

    @Test("retries in batches that are no larger than those of the plan")
    func retryLimit() async throws {
        let fixture = try BatchFixture()
        var options = BatchRun.PlanOptions()
        options.shardLines = 2
        let run = try await BatchRun.plan(BatchFixture.generations(5), in: fixture.run, options: options)
        try await withClient(.init(size: "64x48", batchExpiresAfter: 0)) { client in
            try await fixture.complete(run, client)
            #expect(try await run.retry().map(\.jobCount) == [2, 2, 1])
        }
    }

    @Test("buys nothing for a photograph that has changed; keeps what was returned if it changes later, and finishes")
    func changedPhotograph() async throws {
        let fixture = try BatchFixture()
        try await withClient { client in
            let photo = try fixture.photo("photo.png")
            let before = try Data(contentsOf: URL(filePath: photo))
            let run = try await BatchRun.plan(
                [BatchRun.Job(id: "fox", .init(BatchFixture.editJob(), of: .file(photo)))], in: fixture.run)
            _ = try fixture.photo("photo.png", width: 300)
            let error = try await #require(throws: GessoError.self) { try await run.submit(client: client) }
            #expect(error.code == .invalidParameter && error.facts["path"] == photo)
            #expect(try await client.bought().batches == 0)
            try before.write(to: URL(filePath: photo))
            try await run.submit(client: client)
            try await run.finished(client: client, interval: .milliseconds(5))
            _ = try fixture.photo("photo.png", width: 300)
            let outcomes = try await fixture.collect(run, client)
            #expect(outcomes.map(\.status) == [.unfinished])
            #expect(outcomes[0].files == ["fox-0-returned.png"] && outcomes[0].error?.mayHaveBeenBilled == true)
            try before.write(to: URL(filePath: photo))
            #expect(try await fixture.collect(run, client).map(\.status) == [.done])
            #expect(try fixture.outputs().keys.sorted() == ["fox-0-64.png", "fox-0-full.png"])
            #expect(try await client.bought().images == 1)
        }
    }

    @Test("has at most so many batches in progress")
    func openBatches() async throws {
        let fixture = try BatchFixture()
        try await withClient { client in
            var plan = BatchRun.PlanOptions()
            plan.shardLines = 1
            let run = try await BatchRun.plan(BatchFixture.generations(3), in: fixture.run, options: plan)
            var options = BatchFixture.submitting
            options.openBatches = 2
            #expect(try await run.submit(client: client, options: options).waiting == [3])
            try await run.finished(client: client, interval: .milliseconds(5))
            #expect(try await run.submit(client: client, options: options).created == [3])
        }
    }

    @Test("takes over the batches of a run whose directory is lost")
    func lostDirectory() async throws {
        let fixture = try BatchFixture()
        try await withClient { client in
            let run = try await BatchRun.plan(BatchFixture.generations(2), in: fixture.run)
            try await run.submit(client: client)
            try FileManager.default.removeItem(at: fixture.run)
            let again = try await BatchRun.plan(BatchFixture.generations(2), in: fixture.run)
            #expect(try await again.submit(client: client).found == [1])
            #expect(try await fixture.complete(again, client).count == 2)
            #expect(try await client.bought().batches == 1)
        }
    }

    @Test("is refused by the client of another server")
    func otherServer() async throws {
        let fixture = try BatchFixture()
        let run = try await BatchRun.plan(BatchFixture.generations(1), in: fixture.run)
        let client = ImagesClient(configuration: .init(server: .azureV1))
        let error = try await #require(throws: GessoError.self) { try await run.submit(client: client) }
        #expect(error.code == .invalidParameter)
    }
}
