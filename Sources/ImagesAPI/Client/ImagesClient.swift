import CGessoCurl

/// Sends requests to the Images API: generates and edits images over connections that it keeps open.
///
/// ```swift
/// let client = ImagesClient() // key from OPENAI_API_KEY let response = try await client.generate("a lighthouse",
/// model: .gptImage26Flare)
/// ```
/// One client serves any number of tasks. Its transfers share one thread, which starts with the first request and ends
/// when the client is released or shut down. Cancelling the calling task ends its transfer.
public struct ImagesClient: Sendable {
    /// The settings that requests of this client use.
    public let configuration: Configuration
    let core: ClientCore

    /// A client; nothing is checked or connected before the first request.
    public init(configuration: Configuration = .init()) {
        self.configuration = configuration
        core = ClientCore(configuration)
    }

    /// The same client, connections and thread included, with another configuration; for options of single calls.
    ///
    /// `maxConcurrentRequests`, `maxQueuedRequests`, `imagesPerMinute` and `inputImagesPerMinute` stay as they were when the client was made.
    public func with(_ change: (inout Configuration) -> Void) -> ImagesClient {
        var changed = configuration
        change(&changed)
        return ImagesClient(configuration: changed, core: core)
    }

    private init(configuration: Configuration, core: ClientCore) {
        self.configuration = configuration
        self.core = core
    }

    /// US dollars that this client has spent so far, including those that may have been, and US dollars that are reserved
    /// for requests in progress: what servers say that they charged, else computed from `usage` and the price table.
    public var spending: (dollars: Double, reserved: Double) { core.rateLimiter.spending }

    /// Ends every request in progress with `clientShutDown`, then the thread; returns at once.
    public func shutdown() {
        core.rateLimiter.shutDown()
        core.loop.shutDown()
    }

    /// Returns when the thread, the connections and all memory of the client's transfers are gone, after ``shutdown()``.
    public func waitUntilShutDown() async { await core.loop.waitUntilShutDown() }
}

extension ImagesClient: CustomReflectable {
    /// Shows the configuration, and no request in progress: those have the key in their headers.
    public var customMirror: Mirror { Mirror(self, children: ["configuration": configuration]) }
}

extension ImagesClient {
    /// The version of this library, as sent in the User-Agent header.
    public static let version = "0.1.0"

    /// The User-Agent header.
    static let userAgent = "gesso/\(version) (Swift)"

    /// The version of the libcurl that is loaded, for reports.
    public static var libcurlVersion: String { String(cString: gesso_curl_version()) }
}

/// What the copies of a client share; the thread ends when the last copy is released.
final class ClientCore: Sendable {
    let loop: TransportLoop
    let rateLimiter: RateLimiter

    init(_ configuration: ImagesClient.Configuration) {
        loop = TransportLoop(
            maxActive: configuration.maxConcurrentRequests, maxQueued: configuration.maxQueuedRequests)
        rateLimiter = RateLimiter(configuration)
    }

    deinit { loop.shutDown() }
}
