/// A mock of the Images API on 127.0.0.1 that needs no model, key or network: for tests and demonstrations.
///
/// ```swift
/// let mock = try await MockServer.start()
/// let client = mock.client()
/// let response = try await client.generate(GenerationRequest(prompt: "a lighthouse", model: .gptImage26Flare))
/// await mock.stop()
/// ```
///
/// Serves generations, edits, variations, models, files, batches and provenance checks, streamed on request and also
/// under Azure's paths, with the fields, limits and errors that the Images API documents. Every response has the header
/// `x-gesso-mock-server: 1`. Generated images depend only on the prompt; edits fill the masked area from its
/// surroundings. ``Behavior`` makes the results differ from ideal ones, as those of real models do, and injects faults
/// into any exchange. Listens on the loopback interface only.
///
/// A server runs until ``stop()`` is called or the process ends, also when nothing refers to it any longer.
public final class MockServer: Sendable {
    /// The URL to give to clients: `http://127.0.0.1:PORT/v1`, or what the imitated server has in place of `/v1`.
    public let baseURL: String
    /// The port that the server listens on.
    public let port: UInt16
    /// The key that clients must send; nil if any key is accepted.
    let requiredKey: String?

    /// The server that is imitated; nil is OpenAI, with Azure's paths as well.
    let imitatedServer: Server?

    private let server: LoopbackServer
    private let log: RequestLog
    private let store: ObjectStore

    /// Starts a server; it accepts connections when this returns.
    ///
    /// - Parameters:
    ///   - port: The port to listen on; 0 selects a free one.
    ///   - behavior: Distortion of the images, delays and faults.
    ///   - requiredKey: The only API key that is accepted; nil accepts every key that is not empty.
    ///   - capture: Whether to keep every request, with its uploads, in ``capturedRequests``. The memory is freed with
    ///     the server.
    ///   - onUnappliedFault: Called with one sentence for each fault that could not be applied as scripted, e.g. because
    ///     the response was shorter than the fault's offset. Called on a thread of the server.
    /// - Throws: ``MockServerError`` if the port cannot be listened on.
    public static func start(
        port: UInt16 = 0, behavior: Behavior = .ideal, requiredKey: String? = nil, capture: Bool = false,
        onUnappliedFault: (@Sendable (String) -> Void)? = nil
    ) async throws(MockServerError) -> MockServer {
        let log = RequestLog(isCapturing: capture, onUnappliedFault: onUnappliedFault)
        let store = ObjectStore()
        let handler = RequestHandler(behavior: behavior, requiredKey: requiredKey, log: log, store: store)
        let server = LoopbackServer { exchange in try handler.handle(exchange) }
        do throws(SocketFailure) {
            let port = try server.start(port: port)
            return MockServer(
                port: port, imitatedServer: behavior.server, requiredKey: requiredKey,
                server: server, log: log, store: store)
        } catch {
            throw MockServerError(port: port, failure: error)
        }
    }

    private init(
        port: UInt16, imitatedServer: Server?, requiredKey: String?, server: LoopbackServer, log: RequestLog,
        store: ObjectStore
    ) {
        baseURL = "http://127.0.0.1:\(port)\(ServerRules.basePath(of: imitatedServer))"
        self.imitatedServer = imitatedServer
        self.port = port
        self.requiredKey = requiredKey
        self.server = server
        self.log = log
        self.store = store
    }

    /// Runs a server while `body` runs, which stays on the caller's actor.
    public static func run<Result>(
        behavior: Behavior = .ideal, isolation: isolated (any Actor)? = #isolation,
        _ body: (_ mock: MockServer) async throws -> Result
    ) async throws -> Result {
        let mock = try await start(behavior: behavior)
        do {
            let result = try await body(mock)
            await mock.stop()
            return result
        } catch {
            await mock.stop()
            throw error
        }
    }

    /// Closes every connection and returns when all threads of the server have ended.
    public func stop() async {
        store.close()
        await server.stop()
    }

    /// The requests so far, oldest first; empty unless the server was started with `capture: true`.
    public var capturedRequests: [CapturedRequest] { log.requests }

    /// The number of requests so far, captured or not.
    public var requestCount: Int { log.count }
}

/// The reason why a mock server could not start.
public struct MockServerError: Error, Sendable, CustomStringConvertible {
    /// What failed and what to do.
    public let description: String
    /// The requested port; 0 for any free port.
    public let port: UInt16
    /// The `errno` of the system call that failed; 0 if none did.
    public let errorNumber: Int32

    init(port: UInt16, failure: SocketFailure) {
        self.port = port
        guard case .system(let call, let code) = failure else {
            errorNumber = 0
            description = "The mock server could not listen on 127.0.0.1:\(port)."
            return
        }
        errorNumber = code
        description =
            "The mock server could not listen on 127.0.0.1:\(port): \(call) failed with error \(code). "
            + "Choose another port, or 0 for any free one."
    }
}
