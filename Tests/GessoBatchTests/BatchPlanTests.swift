import Foundation
import Gesso
import GessoMockServer
import Testing

@testable import GessoBatch

@Suite("The plan of a batch run", .timeLimit(.minutes(5)))
struct BatchPlanTests {
    @Test(
        "has as many shards as its limit on lines requires",
        arguments: [(7, 3, [3, 3, 1]), (6, 3, [3, 3]), (1, 50, [1])])
    func lines(count: Int, limit: Int, expected: [Int]) async throws {
        let fixture = try BatchFixture()
        var options = BatchRun.PlanOptions()
        options.shardLines = limit
        let run = try await BatchRun.plan(BatchFixture.generations(count), in: fixture.run, options: options)
        #expect(try run.shards.map(\.jobCount) == expected)
        #expect(try run.shards.map(\.requestCount) == expected)
        #expect(try run.jobCount == count)
        #expect(Set(try run.shards.map(\.digest)).count == expected.count)
    }

    @Test("keeps every file under the limit on bytes")
    func bytes() async throws {
        let fixture = try BatchFixture()
        var options = BatchRun.PlanOptions()
        options.shardBytes = 600
        let run = try await BatchRun.plan(BatchFixture.generations(9), in: fixture.run, options: options)
        let shards = try run.shards
        #expect(shards.count > 2)
        for shard in shards {
            var (bytes, writer) = (0, Batch.InputWriter())
            try await run.folder.jobs(of: shard) { record, _ in
                for request in record.requests { bytes += try record.line(request, by: &writer) { $0 }.count }
            }
            #expect(bytes <= 600)
        }
    }

    @Test("has a shard for each endpoint and model")
    func groups() async throws {
        let fixture = try BatchFixture()
        let edit = BatchRun.Job(
            id: "edit", .init(BatchFixture.editJob(), of: .file(try fixture.photo("a.png"))))
        let jobs = [
            BatchFixture.generation("a"), BatchFixture.generation("b", model: .gptImage25Flare), edit,
            BatchFixture.generation("c"),
        ]
        let run = try await BatchRun.plan(jobs, in: fixture.run)
        let groups = Set(try run.shards.map { "\($0.endpoint) \($0.model) \($0.jobCount)" })
        #expect(
            groups == [
                "/v1/images/generations gpt-image-2 2", "/v1/images/generations gpt-image-2.5-flare 1",
                "/v1/images/edits gpt-image-2 1",
            ])
    }

    @Test("names every job that would not be accepted, and leaves nothing behind")
    func refusals() async throws {
        let fixture = try BatchFixture()
        let photo = try fixture.photo("a.png")
        var outside = BatchFixture.editJob()
        outside.mask = .image(Data("no image".utf8), polarity: .alpha)
        var tooMany = GenerationRequest(prompt: "x", model: .gptImage2)
        tooMany.n = 99
        let jobs = [
            BatchFixture.generation("good"), BatchFixture.generation("good"), BatchFixture.generation(""),
            BatchRun.Job(id: "n", tooMany), BatchFixture.generation("prompt", prompt: ""),
            BatchRun.Job(id: "missing", .init(BatchFixture.editJob(), of: .file("/missing/a.png"))),
            BatchRun.Job(id: "mask", .init(outside, of: .file(photo))),
            BatchRun.Job(id: "http", .init(Editor.Job(prompt: "x"), of: .url("http://example.com/a.png"))),
            BatchRun.Job(id: "masked", .init(BatchFixture.editJob(), of: .fileID("file-1"))),
            BatchRun.Job(id: "also good", .init(BatchFixture.editJob(), of: .file(photo))),
        ]
        let refused = try await #require(throws: BatchRun.Refused.self) {
            try await BatchRun.plan(jobs, in: fixture.run)
        }
        #expect(refused.refusals.map(\.line) == [2, 3, 4, 5, 6, 7, 8, 9])
        #expect(refused.count == 8)
        #expect(refused.description.contains("line 6 (missing): "))
        let left = try FileManager.default.contentsOfDirectory(atPath: fixture.run.path)
        #expect(left == ["lock"])
        #expect(throws: GessoError.self) { try BatchRun(fixture.run) }
    }

    @Test("costs half of single requests")
    func cost() async throws {
        let fixture = try BatchFixture()
        let run = try await BatchRun.plan(BatchFixture.generations(4), in: fixture.run)
        let single = try BatchFixture.generations(4).map { job in
            guard case .generation(let request) = job.work else { throw CancellationError() }
            return try #require(request.estimate().dollars)
        }
        let dollars = try #require(try run.estimate.dollars)
        #expect(abs(dollars.upperBound - single.reduce(0) { $0 + $1.upperBound } / 2) < 1e-9)
        #expect(abs(dollars.lowerBound - single.reduce(0) { $0 + $1.lowerBound } / 2) < 1e-9)
    }

    @Test("is returned again for the same jobs, and refused for others")
    func again() async throws {
        let fixture = try BatchFixture()
        let first = try await BatchRun.plan(BatchFixture.generations(3), in: fixture.run)
        let second = try await BatchRun.plan(BatchFixture.generations(3), in: fixture.run)
        #expect(try first.shards == second.shards)
        let error = try await #require(throws: GessoError.self) {
            try await BatchRun.plan(BatchFixture.generations(4), in: fixture.run)
        }
        #expect(error.code == .invalidParameter)
    }

    @Test("has the same digests in every process: sets are encoded in order")
    func digests() throws {
        let job = BatchRun.Job(id: "edit", .init(BatchFixture.editJob(), of: .file("/a.png")))
        let text = String(decoding: try LineCoding.encode(job), as: UTF8.self)
        #expect(text.contains(#""formats":["avif","heic","jpeg","png","webp"]"#))
    }

    @Test("that is stopped after any step becomes the plan of an undisturbed run")
    func stopped() async throws {
        let fixture = try BatchFixture()
        let photo = try fixture.photo("a.png")
        let jobs =
            BatchFixture.generations(2) + [
                BatchRun.Job(id: "edit", .init(BatchFixture.editJob(), of: .file(photo)))
            ]
        let undisturbed = try await BatchRun.plan(jobs, in: fixture.root.appending(path: "other"))
        var stops = 0
        for count in 1...20 {
            let directory = fixture.root.appending(path: "run-\(count)")
            let lines = ManifestLines(jobs: jobs)
            do {
                _ = try await BatchRun.plan(
                    lines: lines, in: RunFolder(directory.path, onStep: Interruption(after: count).hook),
                    options: BatchRun.PlanOptions())
            } catch is Interruption.Stopped {
                stops += 1
            }
            let run = try await BatchRun.plan(lines: lines, in: RunFolder(directory.path), options: .init())
            #expect(try run.shards == undisturbed.shards)
        }
        #expect(stops == 5)
    }

    /// Plans until the step, with rules that let everything through.
    private func stop(_ lines: ManifestLines, in run: URL, after count: Int) async throws {
        var options = BatchRun.PlanOptions()
        options.ignoresModelRules = true
        await #expect(throws: Interruption.Stopped.self) {
            try await BatchRun.plan(
                lines: lines, in: RunFolder(run.path, onStep: Interruption(after: count).hook), options: options)
        }
    }

    @Test("that was stopped checks the jobs again if it goes on with other rules")
    func otherRules() async throws {
        let fixture = try BatchFixture()
        var small = GenerationRequest(prompt: "x", model: .gptImage2)
        small.size = ImageSize(width: 16, height: 16)
        let lines = ManifestLines(jobs: [BatchRun.Job(id: "small", small)] + BatchFixture.generations(2))
        try await stop(lines, in: fixture.run, after: 2)
        let refused = try await #require(throws: BatchRun.Refused.self) {
            try await BatchRun.plan(lines: lines, in: RunFolder(fixture.run.path), options: .init())
        }
        #expect(refused.refusals.map(\.line) == [1])
    }

    @Test("that was stopped prepares a photograph again that has changed")
    func changedPhotograph() async throws {
        let fixture = try BatchFixture()
        let photo = try fixture.photo("a.png")
        let edit = BatchRun.Job(id: "edit", .init(BatchFixture.editJob(), of: .file(photo)))
        let lines = ManifestLines(jobs: [edit] + BatchFixture.generations(2))
        try await stop(lines, in: fixture.run, after: 2)
        _ = try fixture.photo("a.png", width: 300)
        var options = BatchRun.PlanOptions()
        options.ignoresModelRules = true
        let run = try await BatchRun.plan(lines: lines, in: RunFolder(fixture.run.path), options: options)
        let other = try await BatchRun.plan(
            lines: lines, in: RunFolder(fixture.root.appending(path: "other").path), options: options)
        #expect(try run.shards == other.shards)
    }

    @Test("is refused while another process works on the run")
    func locked() async throws {
        let fixture = try BatchFixture()
        let folder = RunFolder(fixture.run.path, lockTimeout: .zero)
        let lock = try await folder.lock()
        let error = try await #require(throws: GessoError.self) {
            try await BatchRun.plan(
                lines: ManifestLines(jobs: BatchFixture.generations(1)), in: folder,
                options: BatchRun.PlanOptions())
        }
        #expect(error.code == .overloaded)
        withExtendedLifetime(lock) {}
    }
}

/// Jobs as lines of a manifest.
struct ManifestLines: AsyncSequence, Sendable {
    let jobs: [BatchRun.Job]

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(jobs: jobs) }

    struct AsyncIterator: AsyncIteratorProtocol {
        let jobs: [BatchRun.Job]
        var index = 0

        mutating func next() async -> BatchRun.ManifestLine? {
            guard index < jobs.count else { return nil }
            index += 1
            return BatchRun.ManifestLine(number: index, id: jobs[index - 1].id, job: .success(jobs[index - 1]))
        }
    }
}
