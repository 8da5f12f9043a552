/// One HTTP request for the transport.
struct TransferRequest: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
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
    /// The base URL that relative addresses in the response refer to.
    var baseURL: String?
    /// A folder for the images' files.
    var imageDirectory: String?
    /// The file for the raw response, made before anything is sent; nil keeps none.
    var spool: SpoolFile?
    /// The proxy; empty for none, nil for that of the environment.
    var proxy: String?
    var certificateAuthorityFile: String?
    var allowsTLSKeyLog = false
    var longestIdleConnection = Duration.seconds(4)
    /// Whether the connection must be new and is not reused.
    var isUnshared = false
    /// Whether only addresses of the public internet may be connected to.
    var publicAddressesOnly = false
    /// Called on the transport's thread as the body is read to be sent.
    var onUpload: (@Sendable (_ sent: Int, _ total: Int) -> Void)?
    /// Removes the secrets of the request from its response.
    var scrubber = SecretScrubber()
    /// Removes the prompt from errors, which are logged; a result may have it.
    var promptScrubber = SecretScrubber()
}

/// Status and header fields of a response.
struct ResponseHead: Sendable {
    var status: Int
    var fields: [(String, String)] = []
    /// The base URL that relative addresses in the body refer to.
    var baseURL: String?
    /// Whether the response is HTTP/1, where a body may last until the connection ends.
    var isHTTP1 = false

    var isSuccess: Bool { (200...299).contains(status) }

    /// Whether the body has a length or chunks. Otherwise a broken connection looks like its end, since OpenSSL, as
    /// libcurl configures it, accepts a connection that ends without a TLS close_notify.
    var isDelimited: Bool { !isHTTP1 || self["content-length"] != nil || self["transfer-encoding"] != nil }

    /// The length of the body, if the head states one.
    var contentLength: Int? { self["content-length"].flatMap { Int($0) } }

    /// The value of the first field with this name, in any letter case.
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

/// Receives a response while it arrives; every call comes from the transport's thread, `end` exactly once and last.
protocol TransferReceiver: AnyObject, Sendable {
    /// The head of the final response is complete.
    func head(_ head: ResponseHead) -> ReceiverVerdict
    /// The next bytes of the body; they are valid during the call only.
    func body(_ bytes: UnsafeRawBufferPointer) -> ReceiverVerdict
    /// The transfer has ended; returns the label of the error, or nil.
    @discardableResult
    func end(_ ending: TransferEnding) -> String?
    /// Ends the caller's wait without waiting for the disk; `end` is called in any case. Called at most once, and by
    /// another thread than the other functions.
    func abandon(_ ending: TransferEnding)
}

/// What a receiver wants next.
enum ReceiverVerdict {
    case more
    /// Deliver the same bytes again after a resume; leave the rest in the network until then.
    case pause
    /// End the transfer.
    case stop
    /// The result is complete; read the rest for a moment, so that the connection can be reused.
    case drain
}

/// How a transfer ended, and how far it had come.
struct TransferEnding: Sendable {
    enum Outcome: Sendable, Equatable {
        /// The response is complete, according to its framing.
        case complete
        /// The receiver ended the transfer.
        case stopped
        case cancelled
        case shutDown
        case timedOut(Deadlines.Kind)
        case couldNotResolve
        case couldNotConnect
        case tlsFailed
        /// The handshake was interrupted, possibly by the network.
        case tlsBrokeOff
        case connectionLost
        case protocolRefused
        case malformedResponse
        case headersTooLarge
        case outOfMemory
        /// The queue is full.
        case overloaded
        case other
    }

    var outcome: Outcome
    /// libcurl's message.
    var detail = ""
    /// Whether the last byte of the request had gone out, so that the server may have acted on it.
    var requestSent = false
    var bytesReceived = 0
}
