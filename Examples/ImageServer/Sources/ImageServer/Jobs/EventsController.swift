import AsyncAlgorithms
import Foundation
import Gesso
import GessoJobs
import HTTPTypes
import Hummingbird
import ServiceLifecycle

/// `GET /edits/{id}/events`: a job's progress as server-sent events.
///
/// Each event has an id; who connects again with `Last-Event-ID`, also after a restart of the server, gets what came after.
struct EventsController: Sendable {
    let jobs: JobsController
    let partialImages = PartialImages()

    /// A comment at least that often keeps proxies from closing the connection.
    private static let heartbeat = Duration.seconds(15)

    private enum Item: Sendable {
        case event(EditQueue.Event)
        case heartbeat
        case end
    }

    func addRoutes(to router: some RouterMethods<ServerContext>) {
        router.get("edits/{id}/events") { try await events($0, $1) }
        router.get("generations/{id}/events") { try await events($0, $1) }
    }

    private func events(_ request: Request, _ context: ServerContext) async throws -> Response {
        let job = try await jobs.job(context)
        let label = JobLabel(job.label)
        let last = request.headers[named: "last-event-id"] ?? request.uri.queryParameters["after"].map(String.init)
        let after = last.flatMap { Int($0) }
        let events = jobs.queue.events(of: job.id, after: after)
        // Whoever waits for an event of hours must not keep the server from shutting down.
        let items = merge(
            chain(events.map { Item.event($0) }, [Item.end].async),
            AsyncTimerSequence(interval: Self.heartbeat, clock: .continuous).map { _ in Item.heartbeat }
        ).cancelOnGracefulShutdown()
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                try await request.body.consumeWithCancellationOnInboundClose { _ in
                    try await writer.write(ByteBuffer(string: "retry: 1000\n\n"))
                    for try await item in items {
                        switch item {
                        case .event(let event): try await writer.write(text(event, label))
                        case .heartbeat: try await writer.write(ByteBuffer(string: ":\n\n"))
                        case .end: return
                        }
                    }
                }
                try await writer.finish(nil)
            })
    }

    private func text(_ event: EditQueue.Event, _ label: JobLabel?) async throws -> ByteBuffer {
        let data: any Encodable & Sendable
        switch event.kind {
        case .uploading(let sent, let total): data = ["sent": sent, "total": total]
        case .partialImage(let image, _, _):
            // One that cannot be decoded must not end the stream: the browser would connect again, and get it again.
            guard let shown = try? await partialImages.shown(image, event: event.number, label: label) else {
                return ByteBuffer(string: ":\n\n")
            }
            data = shown
        default: data = [String: String]()
        }
        let json = try JSONEncoder().encode(data)
        return ByteBuffer(
            string: "id: \(event.number)\nevent: \(event.name)\ndata: \(String(decoding: json, as: UTF8.self))\n\n")
    }
}
