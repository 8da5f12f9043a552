import Foundation
import Gesso
import GessoMockServer
import Hummingbird

/// A server that generates, edits and resizes images: Gesso embedded the way an application would.
///
///     swift run ImageServer --mock         # no key, no cost
///     OPENAI_API_KEY=… swift run ImageServer
@main
struct ImageServer {
    static func main() async throws {
        let arguments = CommandLine.arguments
        let port = arguments.firstIndex(of: "--port").flatMap { arguments.dropFirst($0 + 1).first }.flatMap { Int($0) }
        guard arguments.contains("--mock") else {
            return try await serve(ImagesClient.Configuration(), port: port ?? 8080)
        }
        try await MockServer.run(behavior: .init(drift: 6, shiftX: 1.5, eventSeconds: 0.3)) { mock in
            try await serve(mock.clientConfiguration, port: port ?? 8080)
        }
    }

    /// One client and one budget for the whole process: they share connections, and memory is admitted by bytes.
    static func serve(_ configuration: ImagesClient.Configuration, port: Int) async throws {
        var configuration = configuration
        // What was paid for is on disk before anything is done with it.
        let spool = FileManager.default.temporaryDirectory.appending(path: "image-server")
        try FileManager.default.createDirectory(at: spool, withIntermediateDirectories: true)
        configuration.spoolDirectory = spool.path
        let client = ImagesClient(configuration: configuration)

        let router = Router()
        router.add(middleware: Failures())
        router.get("generate") { request, _ in try generate(request, client: client) }
        router.post("edit") { request, _ in try await edit(request, editor: Editor(client: client)) }
        router.post("thumbnail") { request, _ in try await thumbnail(request) }
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)))
        try await application.runService()

        client.shutdown()
        await client.waitUntilShutDown()
    }
}
