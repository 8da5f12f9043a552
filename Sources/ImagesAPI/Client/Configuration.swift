extension ImagesClient {
    /// Where requests go, with which key, and within which bounds.
    public struct Configuration: Sendable {
        /// The key; without one, requests fail before the network unless the server is on loopback.
        public var apiKey: APIKey?
        /// Asked for the key before each attempt, in place of ``apiKey``; for tokens that run out.
        ///
        /// When the server does not accept a key, this is asked once more, and the attempt is repeated once if the key is
        /// another by then. Keep the key yourself until it is about to run out.
        public var apiKeyProvider: (@Sendable () async throws -> APIKey)?
        /// The address up to and including the version, `https://api.openai.com/v1`; `http` only for loopback.
        public var baseURL: String = "https://api.openai.com/v1"
        /// The manner in which the server speaks the API.
        public var dialect = Dialect.openAI
        /// Sent as `OpenAI-Organization`.
        public var organization: String?
        /// Sent as `OpenAI-Project`.
        public var project: String?
        /// Further headers, sent with every request; names must be tokens, values without line breaks.
        public var headers: [(String, String)] = []
        /// Names and values to put into the query of every request, as they are: they are percent-encoded here.
        public var query: [(String, String)] = []
        public var timeouts = ImagesClient.Timeouts()
        /// When a failed request is sent again.
        public var retryPolicy = ImagesClient.RetryPolicy()
        public var limits = ImagesClient.ResponseLimits()
        /// Requests under way at once; further ones wait their turn. Fixed when the client is made.
        public var maxConcurrentRequests = 1_024
        /// Requests that wait their turn, each with its images in memory; further ones fail with `overloaded` before anything
        /// of them is sent. Fixed when the client is made.
        public var maxQueuedRequests = 10_000
        /// How long a connection may have been idle and still be used again, in whole seconds; below two, none is.
        ///
        /// It is an upper bound: libcurl counts whole seconds, so a connection may be given up a second earlier.
        /// A request that meets the server's closing of an idle connection may or may not have been read, and servers close
        /// from five seconds on (uvicorn, Node). A new connection is nothing beside the time an image takes.
        public var longestIdleConnection = Duration.seconds(4)
        /// Lets `http` addresses that are not loopback through. The key then travels in the clear.
        public var allowsInsecureHTTP = false
        /// Images a minute, shared by all tasks; nil sends at once. Fixed when the client is made.
        public var rateLimit: ImagesClient.RateLimit?
        /// A ceiling on what is spent; nil for none.
        public var spendingLimit: ImagesClient.SpendingLimit?
        /// A folder where purchases are noted before they are sent and the raw responses are kept, so that no failure
        /// afterwards needs a second purchase. It must exist. Files are yours to delete: see ``DirectoryJournal``.
        ///
        /// A response is written as it arrives, and synced before its caller has it: a stream before its last image is
        /// handed out. It is named `gesso-KEY.json` or `.sse`, and holds the images: readable by its owner only. One that
        /// did not come whole has the ending `.part` instead. When the folder cannot be written or has too little room,
        /// requests fail with `spoolNotWritable` before anything is sent.
        public var spoolDirectory: String?
        /// Sends requests also when ``spoolDirectory`` cannot be used; a crash may then lose what was paid for.
        public var allowsUnspooledRequests = false
        /// Notes purchases in place of a ``DirectoryJournal`` in ``spoolDirectory``, which is needed as well: responses are
        /// kept there while they arrive.
        public var journal: (any PurchaseJournal)?
        /// Names the next purchase, so that the same one is never made twice, whoever asks; nil buys anew with every call.
        /// Letters, digits, `-` and `_` go into file names as they are. For single calls: ``ImagesClient/with(_:)``.
        public var purchaseKey: String?
        /// Your own words for purchases, for lists of them; goes to disk as it is.
        public var purchaseLabel: String?
        /// A folder where each image is decoded into a file of its own while it arrives, instead of into memory: partial
        /// ones, finished ones, and those of batches. Files are yours to delete.
        ///
        /// They are named `gesso-TIME-RANDOM.png` and the like, by content, readable by their owner only, and have that name
        /// only when they are whole and synced. Where the disk has no room, images stay in memory and have no file.
        public var imageDirectory: String?
        /// Told about every attempt.
        public var observers: [any RequestObserver] = []
        /// How proxies are found.
        public var proxy: ProxyPolicy = .environment
        /// A file of PEM certificates to trust instead of the system's.
        public var certificateAuthorityFile: String?
        /// Lets TLS session keys be written to the file that the environment variable `SSLKEYLOGFILE` names, for debugging.
        ///
        /// Whoever can read that file can read the key and the images. The file must exist before the first client is made.
        public var allowsTLSKeyLog = false
        /// What was wrong in the environment, told at the first request since `init` cannot fail.
        var problem: ImagesAPIError?

        /// The configuration that the environment describes.
        ///
        /// Reads `OPENAI_API_KEY`, `OPENAI_BASE_URL`, `OPENAI_ORG_ID`, `OPENAI_PROJECT_ID` and
        /// `OPENAI_CUSTOM_HEADERS` (one `Name: value` a line); empty or blank variables count as absent. A malformed
        /// value is reported by the first request.
        public init() {
            self.init(environment: Environment.current)
        }

        /// How proxies are found.
        public enum ProxyPolicy: Sendable, Hashable {
            /// `https_proxy`, `http_proxy`, `no_proxy` and their like; never for loopback addresses.
            case environment
            /// No proxy, whatever the environment says.
            case none
            /// This one, as `http://host:port`.
            case url(String)
        }
    }
}

extension ImagesClient.Configuration: CustomReflectable {
    /// Shows the names of further headers and query parts but not their values, which may be secrets.
    public var customMirror: Mirror {
        Mirror(
            self,
            children: [
                "apiKey": apiKey as Any, "baseURL": baseURL, "organization": organization as Any,
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
