/// Speaks the Images API: makes and edits images over connections it keeps.
///
/// ```swift
/// let client = ImagesClient()                       // key from OPENAI_API_KEY
/// let response = try await client.generate(GenerationRequest(prompt: "a lighthouse", model: .gptImage26Flare))
/// ```
/// One client serves any number of tasks; its transfers share one thread, which starts with the first request and ends
/// when the client goes away or is shut down. Cancelling the calling task ends its transfer.
public struct ImagesClient: Sendable {
    public let configuration: Configuration
    let core: ClientCore

    /// A client; nothing is checked or connected before the first request.
    public init(configuration: Configuration = .init()) {
        self.configuration = configuration
        core = ClientCore(configuration)
    }

    /// The same client, connections and thread included, with another configuration; for options of single calls.
    ///
    /// `maxConcurrentRequests`, `maxQueuedRequests` and `rateLimit` stay what they were.
    public func with(_ change: (inout Configuration) -> Void) -> ImagesClient {
        var changed = configuration
        change(&changed)
        return ImagesClient(configuration: changed, core: core)
    }

    private init(configuration: Configuration, core: ClientCore) {
        self.configuration = configuration
        self.core = core
    }

    /// What this client has spent so far, as far as `usage` and the price table tell.
    public var spending: ImagesClient.Spending { core.gate.spending }

    /// Ends every request under way with `clientShutDown` and the thread after them; returns at once.
    public func shutdown() {
        core.gate.shutDown()
        core.loop.shutDown()
    }

    /// Returns when the thread, the connections and all memory of the client's transfers are gone, after ``shutdown()``.
    public func waitUntilShutDown() async { await core.loop.waitUntilShutDown() }
}

extension ImagesClient: CustomReflectable {
    /// Shows the configuration, and no request under way: those have the key in their headers.
    public var customMirror: Mirror { Mirror(self, children: ["configuration": configuration]) }
}

/// What the copies of a client share; when the last is gone, so is the thread.
final class ClientCore: Sendable {
    let loop: TransportLoop
    let gate: RateLimiter

    init(_ configuration: ImagesClient.Configuration) {
        loop = TransportLoop(
            maxActive: configuration.maxConcurrentRequests, maxQueued: configuration.maxQueuedRequests)
        gate = RateLimiter(configuration.rateLimit)
    }

    deinit { loop.shutDown() }
}
