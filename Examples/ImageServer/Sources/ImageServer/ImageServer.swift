import ArgumentParser
import Foundation
import Gesso
import GessoJobs
import GessoMockServer
import Hummingbird
import HummingbirdCore
import Logging
import Metrics
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Edits and generates images for browsers: Gesso embedded the way an application would.
@main
struct ImageServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Edits parts of photos and generates images, with a page to do it on.",
        discussion:
            "The key is read from OPENAI_API_KEY, another server from OPENAI_BASE_URL. LOG_LEVEL is debug, info, …")

    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port to listen on.") var port = 8080
    @Option(help: "Where jobs and images are kept; made if it is missing.") var data = "image-server-data"
    @Option(help: "The model that edits and generates.") var model = Model.gptImage26Sunburst.rawValue
    @Option(help: "Partial images of each request, 0 to 3; each costs tokens.") var partialImages = 2
    @Option(help: "Jobs that run at a time.") var concurrentJobs = 8
    @Option(help: "The most bytes of a photo.") var photoBytes = 50_000_000
    @Option(help: "The most bytes of files that are made on demand and kept.") var cacheBytes = 2_000_000_000
    @Option(help: "Seconds that a client may take to send a request.") var requestSeconds = 120
    @Option(help: "Seconds that a client may take to read what it is sent.") var readSeconds = 30
    @Flag(help: "Use a mock server in place of the model: no key, no cost.") var mock = false
    @Option(help: "Seconds between the mock server's events.") var mockSeconds = 0.8

    func run() async throws {
        let level = ProcessInfo.processInfo.environment["LOG_LEVEL"].flatMap { Logger.Level(rawValue: $0) }
        let metrics = TextMetrics()
        MetricsSystem.bootstrap(metrics)
        var logger = Logger(label: "image-server")
        logger.logLevel = level ?? .info
        guard mock else { return try await serve(ImagesClient.Configuration(), logger, metrics) }
        let behavior = MockServer.Behavior(drift: 6, shiftX: 1.5, eventSeconds: mockSeconds)
        try await MockServer.run(behavior: behavior) { mock in
            try await serve(mock.clientConfiguration, logger, metrics)
        }
    }

    /// One client and one budget for the whole process: they share connections, and memory is admitted by bytes.
    private func serve(
        _ configuration: ImagesClient.Configuration, _ logger: Logger, _ metrics: TextMetrics
    ) async throws {
        let folder = URL(filePath: data, directoryHint: .isDirectory)
        var configuration = configuration
        configuration.observers = [LoggingObserver(logger), MetricsObserver(), TracingObserver()]
        let editor = Editor(
            client: ImagesClient(configuration: configuration), options: EditOptions(model: Model(rawValue: model)))
        let store = try ImageStore(in: folder)
        var options = EditQueue.Options()
        options.maximumConcurrentJobs = concurrentJobs
        options.partialImages = partialImages
        options.shutdownTimeout = .seconds(60)
        let queue = try await EditQueue(folder: folder.appending(path: "jobs"), editor: editor, options: options)

        var limits = UploadForm.Limits()
        limits.fileBytes = photoBytes
        let routes = ServerRoutes(
            queue: queue, store: store, signer: try URLSigner(keyFile: folder.appending(path: "signing-key")),
            editor: editor, limits: limits, isMock: mock, metrics: metrics)
        guard let publicFolder = Bundle.module.url(forResource: "Public", withExtension: nil) else {
            throw ValidationError("The folder Public is not beside the program.")
        }
        let (requestTime, writeTime) = (
            TimeAmount.seconds(Int64(requestSeconds)), TimeAmount.seconds(Int64(readSeconds))
        )
        let application = Application(
            router: routes.router(publicFolder: publicFolder.path),
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [SlowClientHandler(requestTime: requestTime, writeTime: writeTime)],
                    idleTimeout: .seconds(60))),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: nil, backlog: 1_024,
                availableConnectionsDelegate: MaximumAvailableConnections(4_096)),
            services: [queue, CacheTrimmer(store: store, limit: cacheBytes)], logger: logger)
        try await application.runService()

        editor.client.shutdown()
        await editor.client.waitUntilShutDown()
    }
}

/// Keeps the cache of renditions within its limit.
struct CacheTrimmer: Service {
    let store: ImageStore
    let limit: Int

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Cancelled at the end of the server, which is no failure.
                try? await NIOThreadPool.singleton.runIfActive { store.trimRenditions(to: limit) }
                try? await Task.sleep(for: .seconds(300))
            }
        }
    }
}
