extension ImagesClient {
    /// The server, the key, and the limits of requests.
    public struct Configuration: Sendable {
        /// The key; without one, requests fail before the network unless the server is on loopback.
        public var apiKey: ImagesClient.APIKey?
        /// Provides the key before each attempt, in place of ``apiKey``; for tokens that expire.
        ///
        /// If the server refuses a key, this is called again, and the attempt is retried once if it returns another
        /// key. Cache the key yourself until it is about to expire.
        public var apiKeyProvider: (@Sendable () async throws -> ImagesClient.APIKey)?
        /// The address up to and including the version, `https://api.openai.com/v1`; `http` only for loopback.
        public var baseURL: String = "https://api.openai.com/v1"
        /// How the server's API differs from OpenAI's.
        public var server = ServerProfile.openAI
        /// Sent as `OpenAI-Organization`.
        public var organization: String?
        /// Sent as `OpenAI-Project`.
        public var project: String?
        /// Additional header fields of every request; names must be tokens, values without line breaks.
        public var headers: [(String, String)] = []
        /// Names and values for the query of every request, not percent-encoded.
        public var query: [(String, String)] = []
        /// How long the phases of a request may take.
        public var timeouts = ImagesClient.Timeouts()
        /// When a failed request is sent again.
        public var retryPolicy = ImagesClient.RetryPolicy()
        /// How large a response may be.
        public var limits = ImagesClient.ResponseLimits()
        /// The most requests in progress at a time; further ones wait in a queue. Fixed when the client is made.
        public var maxConcurrentRequests = 1_024
        /// The most requests in the queue, each with its images in memory; further ones fail with `overloaded` before
        /// anything is sent. Fixed when the client is made.
        public var maxQueuedRequests = 10_000
        /// How long a connection may have been idle and still be reused, in whole seconds; below two, none is.
        ///
        /// An upper bound: libcurl counts whole seconds, so a connection may be closed a second earlier. If the server
        /// closes an idle connection while a request goes out, the request may or may not have been read; servers close
        /// after five seconds or more (uvicorn, Node). Opening a connection takes little time compared with generating
        /// an image.
        public var longestIdleConnection = Duration.seconds(4)
        /// Allows `http` addresses that are not loopback. The key is then sent unencrypted.
        public var allowsInsecureHTTP = false
        /// Images requested a minute by all tasks together; nil for no limit. Fixed when the client is made.
        public var imagesPerMinute: Int?
        /// Input images sent a minute by all tasks together; nil for no limit. Fixed when the client is made.
        public var inputImagesPerMinute: Int?
        /// US dollars to spend over the life of the client; once they are reached, requests are refused before they are sent.
        /// Nil for no limit.
        public var spendingLimit: Double?
        /// What a request without a published price counts as against ``spendingLimit``, in US dollars; nil refuses such
        /// requests.
        ///
        /// That is most edits, and models without a table of tokens.
        public var assumedPrice: Double?
        /// Fetches images that a server names by URL instead of sending them, after the request; nil leaves the URLs in the
        /// response, for ``ImagesResponse/fetchingImages(policy:)``. A stream's events have the URLs in any case.
        public var fetchPolicy: ImagesClient.FetchPolicy?
        /// A directory where purchases are recorded before they are sent and raw responses are kept, so that no later
        /// failure needs a second purchase. It must exist. You delete the files; see ``Purchase/DirectoryJournal``.
        ///
        /// A response is written while it arrives, and synced before its caller has it, a stream before its last image
        /// is returned. The file `gesso-KEY.json`, `.sse` or `.bin` contains the images and is readable by its owner only; an
        /// incomplete response has the extension `.part`. If the directory cannot be written or has too little room,
        /// requests fail with `spoolNotWritable` before anything is sent.
        public var spoolDirectory: String?
        /// Sends requests even if ``spoolDirectory`` cannot be used; a crash may then lose what was paid for.
        ///
        /// With a ``purchaseKey`` or a ``journal`` nothing is sent without a claim all the same, since another process may have
        /// made the purchase; only the response is then not kept.
        public var allowsUnspooledRequests = false
        /// Records purchases in place of a ``Purchase/DirectoryJournal`` in ``spoolDirectory``. The directory is still required,
        /// since responses are kept there while they arrive.
        public var journal: (any Purchase.Journal)?
        /// The key of the next purchase: the same key is bought once only, in any number of processes; nil makes every
        /// call a new purchase. Letters, digits, `-` and `_` are used in file names unchanged. For single calls use
        /// ``ImagesClient/with(_:)``.
        public var purchaseKey: String?
        /// A label of your own for purchases, shown in lists of them; stored unencrypted.
        public var purchaseLabel: String?
        /// A directory where each image, partial images and those of batches included, is decoded into a file while it
        /// arrives instead of into memory. You delete the files.
        ///
        /// The files are named `gesso-TIME-RANDOM.png` and the like, by content, and are readable by their owner only.
        /// They get that name once they are complete and synced. If the disk has no room, images stay in memory and
        /// have no file.
        public var imageDirectory: String?
        /// Observe every attempt.
        public var observers: [any ImagesClient.Observer] = []
        /// The proxy to send requests through.
        public var proxy = Proxy.environment
        /// A file of PEM certificates to trust instead of the system's.
        public var certificateAuthorityFile: String?
        /// Allows TLS session keys to be written to the file in the environment variable `SSLKEYLOGFILE`, for
        /// debugging.
        ///
        /// Anyone who can read that file can read the key and the images. The file must exist before the first client
        /// is made.
        public var allowsTLSKeyLog = false
        /// Called on the transport's thread as the bytes of a request's body are read to be sent; anew for each attempt.
        package var onUpload: (@Sendable (_ sent: Int, _ total: Int) -> Void)?
        /// What is wrong in the environment; thrown by the first request, since `init` cannot fail.
        var problem: ImagesAPIError?

        /// The configuration in the environment variables.
        ///
        /// Reads `OPENAI_API_KEY`, `OPENAI_BASE_URL`, `OPENAI_ORG_ID`, `OPENAI_PROJECT_ID` and
        /// `OPENAI_CUSTOM_HEADERS` (one `Name: value` a line); empty or blank variables count as absent. A malformed
        /// value is reported by the first request.
        public init() {
            self.init(environment: Environment.current)
        }
    }
}

extension ImagesClient.Configuration {
    /// Which proxy requests go through.
    public enum Proxy: Sendable, Hashable {
        /// That of `https_proxy`, `http_proxy`, `no_proxy` and the like; none for loopback addresses.
        case environment
        /// No proxy, whatever the environment says.
        case none
        /// The proxy at this address, `http://host:port`, also for loopback addresses.
        case address(String)
    }
}

extension ImagesClient.Configuration: CustomReflectable {
    /// Shows the names of additional headers and query parts but not their values, which may be secrets.
    public var customMirror: Mirror {
        Mirror(
            self,
            children: [
                "apiKey": apiKey as Any, "baseURL": baseURL, "server": server.name, "organization": organization as Any,
                "project": project as Any, "headers": headers.map(\.0),
                "query": query.map(\.0), "timeouts": timeouts, "limits": limits,
                "maxConcurrentRequests": maxConcurrentRequests, "maxQueuedRequests": maxQueuedRequests,
            ])
    }
}

extension ImagesClient.Configuration: CustomStringConvertible {
    public var description: String {
        "Configuration(baseURL: \(baseURL), apiKey: \(apiKey == nil ? "none" : "***"))"
    }
}
