/// The Images API on 127.0.0.1, rendered without a model: for tests, demonstrations and work without a key.
///
/// ```swift
/// let result = try await MockServer.run { baseURL in
///     try await serverUnderTest(imagesAPI: baseURL)
/// }
/// ```
///
/// Answers generations, edits, variations, models, files, batches and provenance checks with the fields, limits and
/// errors that the real API documents, streamed if asked, also under Azure's addresses; and says in every answer what it
/// is (`x-gesso-mock-server: 1`). Generations are deterministic images made from the prompt's hash; edits fill what the
/// mask selects from its surroundings, and stray elsewhere as ``Behavior`` says, which can also make any exchange go
/// wrong. Listens on loopback only; any key is good unless `requiredKey` names one.
public final class MockServer: Sendable {
    /// What the mock server does with requests; nothing of it can be changed while it runs.
    public typealias Behavior = GessoMockServer.Behavior

    private let server: LoopbackServer
    private let log: RequestLog
    private let store = ObjectStore()
    private let port: UInt16

    /// A mock server that is not listening yet.
    ///
    /// - Parameters:
    ///   - port: Where to listen; 0 takes any free port.
    ///   - behavior: How it strays, and what goes wrong.
    ///   - requiredKey: The one key that is accepted; nil accepts every key that is not empty.
    ///   - capture: Keeps every request, with its uploads, in ``captured``.
    ///   - onUnappliedFault: Called, on a thread of the mock server, with a sentence for every fault that did not happen as scripted,
    ///     because the answer it was meant for is shorter, or no stream.
    public init(
        port: UInt16 = 0, behavior: Behavior = .ideal, requiredKey: String? = nil, capture: Bool = false,
        onUnappliedFault: (@Sendable (String) -> Void)? = nil
    ) {
        self.port = port
        let log = RequestLog(isKept: capture, onUnappliedFault: onUnappliedFault)
        self.log = log
        let service = RequestHandler(behavior: behavior, requiredKey: requiredKey, log: log, store: store)
        server = LoopbackServer { exchange in try service.handle(exchange) }
    }

    /// Listens, and returns the base URL to give to clients: `http://127.0.0.1:PORT/v1`.
    public func start() async throws(MockServerError) -> String {
        do throws(SocketFailure) {
            let port = try server.start(port: port)
            return "http://127.0.0.1:\(port)/v1"
        } catch {
            throw MockServerError(port: port, failure: error)
        }
    }

    /// Ends every connection and returns when no thread of it is left.
    public func stop() async {
        store.close()
        await server.stop()
    }

    /// The requests so far, oldest first; always empty without `capture`.
    public var captured: [CapturedRequest] { log.requests }

    /// How many requests there have been, captured or not.
    public var requestCount: Int { log.count }

    /// Runs a mock server for as long as `body` runs.
    public static func run<Result>(
        behavior: Behavior = .ideal, _ body: (_ baseURL: String) async throws -> Result
    ) async throws -> Result {
        let mock = MockServer(behavior: behavior)
        let baseURL = try await mock.start()
        do {
            let result = try await body(baseURL)
            await mock.stop()
            return result
        } catch {
            await mock.stop()
            throw error
        }
    }
}

/// Why a mock server could not start.
public struct MockServerError: Error, Sendable, CustomStringConvertible {
    /// What was found and what to do.
    public let description: String
    /// The port that was asked for; 0 for any.
    public let port: UInt16
    /// The system's error number, or 0.
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
