// The code stands here as the documents have it.
// swift-format-ignore-file
#if SQLite
import Foundation
import Gesso
import GessoJobs
import GessoMockServer
import Synchronization
import Testing

private func opened(_ folder: URL, _ client: ImagesClient) async throws -> EditQueue {
    // open-queue-begin
    var options = EditQueue.Options()
    options.maximumConcurrentJobs = 8
    options.partialImages = 2
    let queue = try await EditQueue(folder: folder, editor: Editor(client: client), options: options)
    // open-queue-end
    return queue
}

private func submitted(_ queue: EditQueue, _ photo: Data, _ prompt: String, _ user: String) async throws -> EditQueue.Job {
    // submit-job-begin
    let edit = Editor.Job(
        prompt: prompt, mask: .ellipse(in: Rect(x: 300, y: 200, width: 400, height: 300)),
        renditions: [.fullSize(), .thumbnail(256, as: .webp(quality: 80))])
    let job = try await queue.submit(.edit(edit, photo: photo), owner: user)
    // submit-job-end
    return job
}

private func follow(
    _ queue: EditQueue, _ job: EditQueue.Job, _ lastEventID: Int?, _ report: (Int, String) -> Void
) async {
    // job-events-begin
    for await event in queue.events(of: job.id, after: lastEventID) {
        switch event.kind {
        case .uploading(let sent, let total): report(event.number, "\(sent) of \(total) bytes")
        case .partialImage(let image, _, _): report(event.number, "preview of \(image.count) bytes")
        case .finished(let result): report(event.number, result.outputs.map(\.url.lastPathComponent).joined(separator: " "))
        case .failed(let failure), .unknown(let failure): report(event.number, failure.message)
        default: report(event.number, event.name)
        }
    }
    // job-events-end
}

private func decide(_ queue: EditQueue, _ wasBilled: (EditQueue.Job) -> Bool) async throws {
    // decide-jobs-begin
    for job in try await queue.jobs(states: [.unknown]) {
        try await queue.decide(job.id, wasBilled(job) ? .giveUp : .resend)
    }
    // decide-jobs-end
}

private func deleteOld(_ queue: EditQueue, _ oldest: Date) async throws {
    // delete-jobs-begin
    for job in try await queue.jobs(states: [.finished, .failed]) where job.updated < oldest {
        try await queue.delete(job.id)
    }
    // delete-jobs-end
}

private func journaled(_ spool: String, _ database: String) throws -> ImagesClient.Configuration {
    // sqlite-journal-begin
    var configuration = ImagesClient.Configuration()
    configuration.spoolDirectory = spool
    configuration.journal = try Purchase.SQLiteJournal(database, spoolDirectory: spool)
    // sqlite-journal-end
    return configuration
}

@Suite("Code of the article about durable edits", .timeLimit(.minutes(10)))
struct JobSnippets {
    @Test("runs an edit to its end, decides, and deletes")
    func edits() async throws {
        let bitmap = try TestBitmaps.smooth(900, 600)
        let photo = try ImageEncoder.encode(bitmap, as: .jpeg(quality: 80)).data
        try await withTemporaryFolder { folder in
            var behavior = MockServer.Behavior.ideal
            behavior.faults = [.cut(at: 100, with: .reset)]
            behavior.faults[0].times = 1
            try await MockServer.run(behavior: behavior) { mock in
                let queue = try await opened(folder, mock.client())
                let running = Task { try await queue.run() }
                let job = try await submitted(queue, photo, "a pond", "ann")
                for await _ in queue.events(of: job.id) {}
                #expect(try await queue.job(job.id)?.state == .unknown)
                try await decide(queue) { _ in false }
                let lines = Mutex<[String]>([])
                await follow(queue, job, nil) { number, line in lines.withLock { $0.append(line) } }
                #expect(lines.withLock { $0 }.last == "0-full.png 0-256.webp")
                try await deleteOld(queue, .distantFuture)
                #expect(try await queue.jobs().isEmpty)
                await queue.shutDown()
                try await running.value
            }
        }
    }

    @Test("keeps purchases of a client in a database")
    func journal() async throws {
        try await withTemporaryFolder { folder in
            let configuration = try journaled(folder.path, folder.appending(path: "purchases.sqlite").path)
            #expect(try await configuration.journal?.list().isEmpty == true)
        }
    }
}
#endif
