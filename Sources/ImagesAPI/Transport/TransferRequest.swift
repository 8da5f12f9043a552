/// One HTTP request as the transport takes it.
struct TransferRequest: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case delete = "DELETE"
    }

    /// What the request does; its label goes into logs, metrics and the journal.
    var endpoint: Endpoint
    var url: String
    var model: Model?
    /// Whether plain `http` may be used for this address.
    var allowsHTTP = false
    var headers: [(String, String)] = []
    var body = RequestBody()
    var timeouts = ImagesClient.Timeouts()
    var limits = ImagesClient.ResponseLimits()
    /// A folder for the images' files.
    var imageDirectory: String?
    /// The file for the raw response, made before anything is sent; nil keeps none.
    var spool: SpoolFile?
    var proxy = ImagesClient.Configuration.ProxyPolicy.environment
    var certificateAuthorityFile: String?
    var allowsTLSKeyLog = false
    var longestIdleConnection = Duration.seconds(4)
    /// Whether the connection must be new and is used for nothing else.
    var isUnshared = false
    /// Whether only addresses of the public internet may be connected to.
    var publicAddressesOnly = false
    /// Knows the secrets that are sent along.
    var scrubber = SecretScrubber()
}

/// Status and header fields of an answer.
struct ResponseHead: Sendable {
    var status: Int
    var fields: [(String, String)] = []
    /// Whether the answer came in HTTP/1, where a body may go on until the connection ends.
    var isHTTP1 = false

    var isSuccess: Bool { (200...299).contains(status) }

    /// Whether the body says itself where it ends. Otherwise a broken connection looks like its end: OpenSSL, as libcurl sets
    /// it up, takes a connection that ends without TLS saying so for one that ends in order.
    var isDelimited: Bool { !isHTTP1 || self["content-length"] != nil || self["transfer-encoding"] != nil }

    /// The value of the first field with this name, whatever its case.
    subscript(name: String) -> String? {
        fields.first { $0.0.caseInsensitivelyEquals(name) }?.1
    }
}

extension String {
    func caseInsensitivelyEquals(_ other: String) -> Bool {
        utf8.count == other.utf8.count
            && zip(utf8, other.utf8).allSatisfy { Self.folded($0) == Self.folded($1) }
    }

    private static func folded(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
}

/// Takes an answer as it arrives; every call comes from the transport's thread, `end` exactly once and last.
protocol TransferReceiver: AnyObject, Sendable {
    /// The head of the final answer is complete.
    func head(_ head: ResponseHead) -> ReceiverVerdict
    /// The next bytes of the body; they are valid during the call only.
    func body(_ bytes: UnsafeRawBufferPointer) -> ReceiverVerdict
    /// Nothing more will come; answers the label of what went wrong, or nil.
    @discardableResult
    func end(_ ending: TransferEnding) -> String?
    /// Tells whoever waits that the transfer ended so, without waiting for the disk; `end` is called in any case. Called by
    /// another thread than the rest, at most once.
    func abandon(_ ending: TransferEnding)
}

/// What a receiver wants next.
enum ReceiverVerdict {
    case more
    /// Bring the same bytes again after a resume; leave the rest in the network until then.
    case pause
    /// Nothing more is wanted; the transfer ends.
    case stop
    /// Nothing more is wanted, but the rest may come for a moment so that the connection can be used again.
    case drain
}

/// How a transfer ended, and how far it had come.
struct TransferEnding: Sendable {
    enum Outcome: Sendable, Equatable {
        /// The answer is complete, as its framing says.
        case complete
        /// The receiver had what it wanted, or did not like what it got.
        case stopped
        case cancelled
        case shutDown
        case timedOut(Deadlines.Kind)
        case couldNotResolve
        case couldNotConnect
        case tlsFailed
        /// The handshake did not come to an end, which may be the network's doing.
        case tlsBrokeOff
        case connectionLost
        case protocolRefused
        case malformedResponse
        case headersTooLarge
        case outOfMemory
        /// As many as may wait for a place do so already.
        case overloaded
        case other
    }

    var outcome: Outcome
    /// libcurl's own words.
    var detail = ""
    /// Whether the last byte of the request had gone out, so that the server may have acted on it.
    var requestSent = false
    var bytesReceived = 0
}
