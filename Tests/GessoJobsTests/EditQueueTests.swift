#if SQLite
import Foundation
import Gesso
import GessoMockServer
import Testing

@testable import GessoJobs

@Suite("A job of a queue", .timeLimit(.minutes(5)))
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
}
#endif
