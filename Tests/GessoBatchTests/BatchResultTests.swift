import Foundation
import Gesso
import GessoMockServer
import Testing

@testable import GessoBatch

@Suite("Results of batches that are not as they should be", .timeLimit(.minutes(5)))
struct BatchResultTests {
    private func withClient<R: Sendable>(
        _ behavior: String, _ body: @Sendable (ImagesClient) async throws -> R
    ) async throws -> R {
        let behavior = try JSONDecoder().decode(MockServer.Behavior.self, from: Data(behavior.utf8))
        return try await MockServer.run(behavior: behavior) { mock in
            let client = mock.client()
            defer { client.shutdown() }
            return try await body(client)
        }
    }

    /// Of three jobs the server completes two before the batch expires; their results do not arrive, or not whole.
    @Test(
        "are not taken for unpaid where the server has completed more than can be read",
        arguments: [#""flip": {"at": 0}"#, #""response": {"status": 200, "body": "\n"}"#])
    func unreadable(fault: String) async throws {
        let fixture = try BatchFixture()
        let behavior = """
            {"size": "64x48", "batchExpiresAfter": 2, "faults": [{"path": "/content", "times": 1, \(fault)}]}
            """
        try await withClient(behavior) { client in
            let run = try await BatchRun.plan(BatchFixture.generations(3), in: fixture.run)
            let outcomes = try await fixture.complete(run, client)
            let lost = try #require(outcomes.first { $0.id == "job-0" })
            #expect(lost.status == .failed && lost.error?.code == "missingResult")
            #expect(lost.error?.mayHaveBeenBilled == true && lost.error?.isRetryable == false)
            // The third has a line that says that it expired.
            #expect(outcomes.filter { $0.error?.isRetryable == true }.map(\.id) == ["job-2"])
            #expect(try await run.retry().map(\.jobCount) == [1])
        }
    }

    @Test("are not retried where a gateway did not wait for the image", arguments: [504, 524])
    func gateway(status: Int) {
        let error = ImagesAPIError(.serverError, "The request failed in its batch.", status: status)
        let failure = BatchRun.Outcome.Failure(error)
        #expect(failure.mayHaveBeenBilled && !failure.isRetryable)
        let other = BatchRun.Outcome.Failure(ImagesAPIError(.serverError, "The request failed.", status: 500))
        #expect(!other.mayHaveBeenBilled && other.isRetryable)
    }

    private static func twoRegions(_ photo: String) -> BatchRun.Job {
        var options = EditOptions(model: .gptImage2)
        options.sendsPartsApart = true
        let mask = MaskSource.union([
            .rectangle(Rect(x: 60, y: 300, width: 120, height: 90)),
            .ellipse(in: Rect(x: 2300, y: 200, width: 150, height: 120)),
        ])
        let job = Editor.Job(prompt: "a fox", mask: mask, options: options)
        return BatchRun.Job(id: "two", .init(job, of: .file(photo)))
    }

    @Test("of one region are kept and named when another region has failed, and used by a retry")
    func regions() async throws {
        let fixture = try BatchFixture()
        let photo = try fixture.photo("wide.png", width: 2600, height: 700)
        try await withClient(#"{"batchExpiresAfter": 1}"#) { client in
            let run = try await BatchRun.plan([Self.twoRegions(photo)], in: fixture.run)
            let outcomes = try await fixture.complete(run, client)
            let failed = try #require(outcomes.first)
            #expect(outcomes.count == 1 && failed.status == .failed)
            let kept = try #require(failed.keptFiles?.first)
            #expect(failed.keptFiles?.count == 1 && FileManager.default.fileExists(atPath: kept))
            #expect(failed.error?.isRetryable == true && failed.error?.message.contains(kept) == true)
            #expect((failed.cost ?? 0) > 0)
            #expect(try await run.retry().map(\.requestCount) == [1])
            #expect(try await fixture.complete(run, client).map(\.status) == [.done])
            #expect(try await client.bought().images == 2)
            #expect(try FileManager.default.contentsOfDirectory(atPath: run.folder.kept.path).isEmpty)
        }
    }

    @Test("let a job be retried only if each request that failed can be", arguments: [true, false])
    func combined(isRefusedFirst: Bool) async throws {
        let fixture = try BatchFixture()
        let photo = try fixture.photo("wide.png", width: 2600, height: 700)
        let run = try await BatchRun.plan([Self.twoRegions(photo)], in: fixture.run)
        var records: [JobRecord] = []
        for shard in try run.shards {
            try await run.folder.jobs(of: shard) { record, _ in records.append(record) }
        }
        let record = try #require(records.first)
        let refused = ImagesAPIError(.badRequest, "The request was refused.", status: 400)
        let failed = ImagesAPIError(.serverError, "The server failed.", status: 500)
        let kept = KeptResponses(run.folder)
        let errors: [ImagesAPIError] = isRefusedFirst ? [refused, failed] : [failed, refused]
        for (request, error) in errors.enumerated() {
            var outcome = BatchRun.Outcome(record, shard: 1, .failed)
            outcome.error = .init(error)
            kept.note(outcome, of: record, request)
        }
        let outcome = kept.outcome(of: record, shard: 1, missing: .init(failed))
        #expect(outcome.error?.isRetryable == false && outcome.error?.status == 400)
        #expect(outcome.keptFiles == nil)
    }

    @Test("of other batches are collected when the server does not have one of them")
    func batchNotFound() async throws {
        let fixture = try BatchFixture()
        var options = BatchRun.PlanOptions()
        options.shardLines = 1
        let run = try await BatchRun.plan(BatchFixture.generations(2), in: fixture.run, options: options)
        let first = try #require(try run.shards.first)
        // As if the batch had been created with another account's key.
        try await run.folder.record(.init(batch: "batch_elsewhere"), of: first)
        try await withClient(#"{"size": "64x48"}"#) { client in
            try await run.submit(client: client, options: BatchFixture.submitting)
            let second = try #require(try run.folder.state(of: run.shards[1]).batch)
            while try await !client.batch(second).status.isFinal { try await Task.sleep(for: .milliseconds(5)) }
            var found: [BatchRun.Outcome] = []
            var thrown: (any Error)?
            do {
                for try await outcome in try await run.results(client: client, to: fixture.out) {
                    found.append(outcome)
                }
            } catch { thrown = error }
            #expect((thrown as? ImagesAPIError)?.code == .notFound)
            #expect(found.map(\.id) == ["job-1"] && found.map(\.status) == [.done])
            #expect(try !run.folder.state(of: first).isCollected)
        }
    }

    @Test("that were kept as they came are removed once the job is finished, and none of its files with them")
    func returned() throws {
        let fixture = try BatchFixture()
        try FileManager.default.createDirectory(at: fixture.out, withIntermediateDirectories: true)
        let client = ImagesClient(configuration: .init(server: .openAI))
        defer { client.shutdown() }
        let finisher = JobFinisher(
            folder: RunFolder(fixture.run.path), client: client, output: fixture.out,
            options: BatchRun.CollectOptions())
        let record = JobRecord(line: 1, job: BatchFixture.generation("a-returned.b"), requests: [0])
        var earlier = BatchRun.Outcome(record, shard: 1, .unfinished)
        earlier.files = ["a-returned.b-0.png", "a-returned.b-0-returned.png"]
        for name in earlier.files { try Data("x".utf8).write(to: fixture.out.appending(path: name)) }
        var outcome = BatchRun.Outcome(record, shard: 1, .done)
        outcome.files = ["a-returned.b-0.png"]
        finisher.removeReturned(of: earlier, finishedAs: outcome)
        #expect(try fixture.outputs().keys.sorted() == outcome.files)
    }

    @Test("are not written over the results of another run without the option for it")
    func otherSummary() async throws {
        let fixture = try BatchFixture()
        try await withClient(#"{"size": "64x48"}"#) { client in
            let first = try await BatchRun.plan([BatchFixture.generation("a")], in: fixture.run)
            try await fixture.complete(first, client)
            let before = try fixture.summary().map(\.id)
            let second = try await BatchRun.plan(
                [BatchFixture.generation("b")], in: fixture.root.appending(path: "other"))
            let error = try await #require(throws: GessoError.self) { try await fixture.complete(second, client) }
            #expect(error.code == .fileExists)
            #expect(try fixture.summary().map(\.id) == before)
            var options = BatchRun.CollectOptions()
            options.overwrites = true
            for try await outcome in try await second.results(client: client, to: fixture.out, options: options) {
                #expect(outcome.status == .done)
            }
            #expect(try fixture.summary().map(\.id) == ["b"])
            // A run whose directory was lost knows its results again.
            try FileManager.default.removeItem(at: fixture.root.appending(path: "other"))
            let again = try await BatchRun.plan(
                [BatchFixture.generation("b")], in: fixture.root.appending(path: "other"))
            #expect(try await fixture.complete(again, client).map(\.status) == [.done])
        }
    }

    @Test("are not written over a results.jsonl that is no summary at all", arguments: ["a,b\n", "{}\n", "[]"])
    func foreignSummary(text: String) async throws {
        let fixture = try BatchFixture()
        let run = try await BatchRun.plan([BatchFixture.generation("a")], in: fixture.run)
        try FileManager.default.createDirectory(at: fixture.out, withIntermediateDirectories: true)
        let summary = fixture.out.appending(path: "results.jsonl")
        try Data(text.utf8).write(to: summary)
        let client = ImagesClient(configuration: .init(server: .openAI))
        defer { client.shutdown() }
        let error = try await #require(throws: GessoError.self) {
            try await run.results(client: client, to: fixture.out)
        }
        #expect(error.code == .fileExists)
        #expect(try Data(contentsOf: summary) == Data(text.utf8))
    }
}
