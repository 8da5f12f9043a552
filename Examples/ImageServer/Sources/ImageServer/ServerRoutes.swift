import Foundation
import Gesso
import GessoJobs
import Hummingbird
import NIOCore

/// What the page needs to know of the server.
struct SettingsResponse: ResponseCodable {
    let maximumPhotoBytes: Int
    let model: String
    /// Whether a mock server takes the model's place.
    let isMock: Bool
}

/// The parts of the server, put together.
struct ServerRoutes: Sendable {
    let queue: EditQueue
    let store: ImageStore
    let signer: URLSigner
    let editor: Editor
    let limits: UploadForm.Limits
    let isMock: Bool
    let metrics: TextMetrics

    /// Middleware from outside to inside, and all routes.
    func router(publicFolder: String) -> Router<ServerContext> {
        let router = Router(context: ServerContext.self)
        router.add(middleware: RequestMetrics())
        router.add(middleware: TracingMiddleware(redactingQueryParameters: ["signature"]))
        router.add(middleware: RequestLog())
        router.add(middleware: SecurityHeaders())
        router.add(middleware: ErrorResponses())
        router.add(
            middleware: FileMiddleware(
                publicFolder, cacheControl: .init([(MediaType(type: .any), [.noCache])]), searchForIndexHtml: true))
        router.add(middleware: SameOrigin())
        addHealth(to: router)
        let cache = RenditionCache(store)
        ImagesController(store: store, cache: cache, signer: signer).addRoutes(to: router)

        let own = router.group().add(middleware: OwnerCookie())
        own.get("settings") { _, _ in
            SettingsResponse(
                maximumPhotoBytes: limits.fileBytes, model: editor.options.model.rawValue, isMock: isMock)
        }
        PhotosController(store: store, signer: signer, limits: limits).addRoutes(to: own)
        let jobs = JobsController(
            queue: queue, store: store, cache: cache, presenter: JobPresenter(store: store, signer: signer),
            editor: editor, limits: limits)
        jobs.addRoutes(to: own)
        EventsController(jobs: jobs).addRoutes(to: own)
        return router
    }

    /// `/health`: the process responds. `/ready`: it can take work. `/metrics`: numbers, which name nobody and no image.
    private func addHealth(to router: some RouterMethods<ServerContext>) {
        router.get("health") { _, _ in "ok\n" }
        router.get("metrics") { _, _ in
            Response(
                status: .ok, headers: [.contentType: TextMetrics.contentType],
                body: .init(byteBuffer: ByteBuffer(string: metrics.text)))
        }
        router.get("ready") { _, _ in
            let counts = await queue.counts
            guard await !queue.isPaused, store.isWritable else {
                throw HTTPError(.serviceUnavailable, message: "The server takes no work at the moment.")
            }
            return "ready, \(counts.planned) waiting, \(counts.running) running\n"
        }
    }
}
