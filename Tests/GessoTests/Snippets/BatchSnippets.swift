import Foundation
import Gesso
import GessoBatch
import GessoMockServer
import Synchronization
import Testing

@Suite("The code of the article on batches", .timeLimit(.minutes(5)))
struct BatchSnippets {
    @Test("plans, submits, waits and collects")
    func run() async throws {
        try await withTemporaryFolder { folder in
            try await MockServer.run(behavior: .init(size: "832x800")) { mock in
                let client = mock.client()
                defer { client.shutdown() }
                let photo = folder.appending(path: "photo.png")
                let bitmap = try TestBitmaps.smooth(832, 800)
                try ImageEncoder.encode(bitmap, as: .png(effort: .fast)).data.write(to: photo)
                let mask = MaskSource.ellipse(in: Rect(x: 300, y: 200, width: 200, height: 200))
                let (directory, outputs) = (folder.appending(path: "run"), folder.appending(path: "images"))
                let reports = Reports()
                let report = reports.add
                // batch-jobs-begin
                let hero = GenerationRequest(prompt: "a lighthouse at dusk", model: .gptImage2)
                let fox = Editor.Job(prompt: "a fox", mask: mask, renditions: [.fullSize()])
                let jobs = [
                    BatchRun.Job(id: "hero", hero), BatchRun.Job(id: "fox", .init(fox, of: .file(photo.path))),
                ]
                // batch-jobs-end
                // batch-run-begin
                let run = try await BatchRun.plan(jobs, in: directory)
                try await run.submit(client: client)
                try await run.finished(client: client) { report("\($0.completedCount) of \($0.requestCount)") }
                for try await outcome in try await run.results(client: client, to: outputs) {
                    report("\(outcome.id): \(outcome.error?.message ?? outcome.files.joined(separator: " "))")
                }
                // batch-run-end
                #expect(reports.all.contains("hero: hero-0.png"))
                #expect(reports.all.contains("fox: fox-0-full.png"))
            }
        }
    }

    private final class Reports: Sendable {
        private let texts = Mutex<[String]>([])
        var all: [String] { texts.withLock { $0 } }
        func add(_ text: String) { texts.withLock { $0.append(text) } }
    }
}
