import Foundation
import Gesso
import GessoMockServer
import Synchronization
import Testing

@testable import GessoBatch

@Suite("A batch run that is stopped after every step in turn", .timeLimit(.minutes(5)))
struct BatchInterruptionTests {
    private static func jobs(_ photo: String) -> [BatchRun.Job] {
        BatchFixture.generations(2) + [
            BatchRun.Job(id: "edit", .init(BatchFixture.editJob(), of: .file(photo)))
        ]
    }

    @Test("buys each image once and gives the files of an undisturbed run")
    func everyStep() async throws {
        let fixture = try BatchFixture()
        let photo = try fixture.photo("photo.png")
        let expected = try await MockServer.run(behavior: BatchFixture.behavior) { mock in
            let client = mock.client()
            let run = try await BatchRun.plan(Self.jobs(photo), in: fixture.run)
            try await fixture.complete(run, client)
            client.shutdown()
            return try fixture.outputs()
        }
        #expect(expected.count == 4)
        var step = 1
        while step < 100 {
            let wasStopped = try await stop(at: step, Self.jobs(photo), expected)
            if !wasStopped { break }
            step += 1
        }
        // Lists, three files, two batches, three results, two ends and the summary, most with a record.
        #expect((15...40).contains(step))
    }

    /// Runs until the step, then again; returns whether there was such a step.
    private func stop(at step: Int, _ jobs: [BatchRun.Job], _ expected: [String: Data]) async throws -> Bool {
        let fixture = try BatchFixture()
        return try await MockServer.run(behavior: BatchFixture.behavior) { mock in
            let client = mock.client()
            defer { client.shutdown() }
            let planned = try await BatchRun.plan(jobs, in: fixture.run)
            let stopping = try BatchRun(RunFolder(fixture.run.path, onStep: Interruption(after: step).hook))
            var wasStopped = false
            do { try await fixture.complete(stopping, client) } catch is Interruption.Stopped { wasStopped = true }
            try await fixture.complete(planned, client)
            let bought = try await client.bought()
            #expect(bought.batches == 2 && bought.images == 3, "stopped at step \(step)")
            #expect(try fixture.outputs() == expected, "stopped at step \(step)")
            #expect(try fixture.summary().map(\.status) == [.done, .done, .done])
            #expect(try await client.files(purpose: "batch").items.count <= 3)
            return wasStopped
        }
    }

    @Test(
        "does not buy again when the response to the creation is lost, before or after the server has read it",
        arguments: [true, false])
    func lostResponse(isCreated: Bool) async throws {
        let fixture = try BatchFixture()
        let fault =
            isCreated
            ? #"{"path": "/v1/batches", "method": "POST", "times": 1, "cut": {"at": 0, "part": "head"}}"#
            : #"{"path": "/v1/batches", "method": "POST", "times": 1, "response": {"status": 500}}"#
        let behavior = try JSONDecoder().decode(
            MockServer.Behavior.self, from: Data(#"{"size": "64x48", "faults": [\#(fault)]}"#.utf8))
        try await MockServer.run(behavior: behavior) { mock in
            let client = mock.client()
            defer { client.shutdown() }
            let run = try await BatchRun.plan(BatchFixture.generations(2), in: fixture.run)
            try await fixture.complete(run, client)
            let bought = try await client.bought()
            #expect(bought.batches == 1 && bought.images == 2)
            #expect(try fixture.outputs().count == 2)
        }
    }

    @Test("waits for the whole time to settle after a request that was cut late")
    func lateCut() async throws {
        let fixture = try BatchFixture()
        let fault =
            #"{"path": "/v1/batches", "method": "POST", "times": 1, "delaySeconds": 0.5, "cut": {"at": 0, "part": "head"}}"#
        let behavior = try JSONDecoder().decode(
            MockServer.Behavior.self, from: Data(#"{"size": "64x48", "faults": [\#(fault)]}"#.utf8))
        try await MockServer.run(behavior: behavior) { mock in
            let waits = Mutex<[Duration]>([])
            let client = mock.client()
            defer { client.shutdown() }
            let run = try await BatchRun.plan(BatchFixture.generations(1), in: fixture.run)
            var options = BatchRun.SubmitOptions()
            options.settling = .milliseconds(200)
            options.onWait = { wait in waits.withLock { $0.append(wait) } }
            #expect(try await run.submit(client: client, options: options).created == [1])
            #expect(try await client.bought().batches == 1)
            #expect(waits.withLock { $0 } == [.milliseconds(200)])
        }
    }

    @Test("takes over a batch that was bought rather than an older one whose file was refused")
    func refusedBatch() async throws {
        let fixture = try BatchFixture()
        try await MockServer.run(behavior: BatchFixture.behavior) { mock in
            let client = mock.client()
            defer { client.shutdown() }
            let run = try await BatchRun.plan(BatchFixture.generations(1), in: fixture.run)
            let shard = try #require(try run.shards.first)
            var (writer, lines) = (Batch.InputWriter(), Data())
            try await run.folder.jobs(of: shard) { record, _ in
                for request in record.requests { try lines.append(record.line(request, by: &writer) { $0 }) }
            }
            for input in [Data("no JSON\n".utf8), lines] {
                let file = try await client.uploadFile(input, filename: "a.jsonl", purpose: "batch")
                let batch = try await client.createBatch(
                    inputFileID: file.id, endpoint: shard.endpoint,
                    metadata: [BatchRun.Shard.metadataKey: shard.digest])
                while try await !client.batch(batch.id).status.isFinal { try await Task.sleep(for: .milliseconds(5)) }
            }
            #expect(try await run.submit(client: client).found == [1])
            #expect(try await fixture.complete(run, client).map(\.status) == [.done])
        }
    }

    /// The behavior of a mock server with small images and one fault.
    private static func behavior(_ fault: String) throws -> MockServer.Behavior {
        try JSONDecoder().decode(
            MockServer.Behavior.self, from: Data(#"{"size": "64x48", "faults": [\#(fault)]}"#.utf8))
    }

    @Test("reads a result file again that breaks off, and gives each outcome once", arguments: [700, 6_000])
    func lostResults(at offset: Int) async throws {
        let fixture = try BatchFixture()
        let behavior = try Self.behavior(#"{"path": "/content", "times": 2, "cut": {"at": \#(offset)}}"#)
        try await MockServer.run(behavior: behavior) { mock in
            let client = mock.client()
            defer { client.shutdown() }
            let run = try await BatchRun.plan(BatchFixture.generations(5), in: fixture.run)
            let outcomes = try await fixture.complete(run, client)
            #expect(outcomes.map(\.id).sorted() == (0..<5).map { "job-\($0)" })
            #expect(outcomes.allSatisfy { $0.status == .done })
        }
    }

    @Test("reads a result file for longer than a request may take")
    func slowResults() async throws {
        let fixture = try BatchFixture()
        let behavior = try Self.behavior(#"{"path": "/content", "times": 1, "stall": {"at": 100, "seconds": 3}}"#)
        try await MockServer.run(behavior: behavior) { mock in
            let client = mock.client()
            defer { client.shutdown() }
            let run = try await BatchRun.plan(BatchFixture.generations(2), in: fixture.run)
            try await run.submit(client: client)
            try await run.finished(client: client, interval: .milliseconds(5))
            let hurried = client.with { $0.timeouts.total = .seconds(2) }
            #expect(try await fixture.collect(run, hurried).map(\.status) == [.done, .done])
        }
    }

    @Test("goes on waiting while the server cannot be asked")
    func waiting() async throws {
        let fixture = try BatchFixture()
        // The first GET is the list of submit; a question has three attempts.
        let response = #"{"status": 503, "headers": {"retry-after-ms": "1"}}"#
        let behavior = try Self.behavior(#"{"method": "GET", "skip": 1, "times": 7, "response": \#(response)}"#)
        try await MockServer.run(behavior: behavior) { mock in
            let client = mock.client()
            defer { client.shutdown() }
            let run = try await BatchRun.plan(BatchFixture.generations(1), in: fixture.run)
            #expect(try await fixture.complete(run, client).map(\.status) == [.done])
        }
    }
}
