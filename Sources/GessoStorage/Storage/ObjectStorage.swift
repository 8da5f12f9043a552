public import ImagesAPI

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A storage that is reached through presigned URLs: S3 and what speaks like it.
///
/// ```swift
/// let storage = ObjectStorage { request in
///     try await signer.presign(request.method.rawValue, bucket: "images", key: request.key, headers: request.headers)
/// }
/// let sink = ObjectSink(storage)
/// ```
/// Signing stays with the storage's own SDK: this sends what it signs, over the transport of ``ImagesAPI``. Each attempt is
/// signed anew, so that none expires while it waits. One value serves any number of tasks and keeps its connections open.
public struct ObjectStorage: Sendable {
    /// What is to be signed.
    public struct Request: Sendable, Hashable {
        /// The method of a request.
        public enum Method: String, Sendable, Hashable {
            /// Reads an object.
            case get = "GET"
            /// Writes an object.
            case put = "PUT"
            /// Removes an object; only journals ask for it, when a purchase is discarded.
            case delete = "DELETE"
        }

        /// The method.
        public var method: Method
        /// The object's key, not percent-encoded.
        public var key: String
        /// The header fields that will be sent and depend on the object, names in lower case: `if-none-match`, checksums,
        /// `content-type` and your own. S3 requires that those named `x-amz-…` are signed; sign them all.
        public var headers: [String: String]

        /// A request to sign, e.g. for tests of a signer.
        public init(method: Method, key: String, headers: [String: String] = [:]) {
            self.method = method
            self.key = key
            self.headers = headers
        }
    }

    /// How requests are sent.
    public struct Options: Sendable {
        /// How long the phases of a request may take. By default much shorter than for the API: a storage responds at once.
        public var timeouts = ImagesClient.Timeouts(
            connect: .seconds(10), firstByte: .seconds(30), idle: .seconds(30), total: .seconds(300))
        /// When a failed request is sent again: by default up to four times, after failed connections, 429 and 5xx, never
        /// after another 4xx. All requests can be repeated without harm: writes are of the same bytes.
        public var retryPolicy = ImagesClient.RetryPolicy(maxRetries: 4)
        /// The most bytes of an object that is read.
        public var maxBytes = 1 << 30
        /// Allows `http` addresses that are not loopback; their signatures can then be read on the way.
        public var allowsHTTP = false
        /// The proxy to send requests through.
        public var proxy = ImagesClient.Configuration.Proxy.environment
        /// A file of PEM certificates to trust instead of the system's.
        public var certificateAuthorityFile: String?

        /// The default options.
        public init() {}
    }

    /// How requests are sent.
    public let options: Options
    let transport: any ObjectTransport
    let presign: @Sendable (Request) async throws -> URL

    /// A storage whose URLs `presign` signs; nothing is connected before the first request.
    ///
    /// - Parameter presign: called before each attempt, from any task. What it throws ends the request.
    public init(options: Options = Options(), presign: @escaping @Sendable (Request) async throws -> URL) {
        self.init(options: options, transport: CurlTransport(options), presign: presign)
    }

    /// A storage over another transport, for tests.
    package init(
        options: Options, transport: any ObjectTransport, presign: @escaping @Sendable (Request) async throws -> URL
    ) {
        self.options = options
        self.transport = transport
        self.presign = presign
    }
}

/// Sends one request for an object.
package protocol ObjectTransport: Sendable {
    func send(_ request: ObjectRequest) async throws(ImagesAPIError) -> ObjectResponse
}

/// The transport of the request module, with a client of its own.
struct CurlTransport: ObjectTransport {
    private let client: ImagesClient

    init(_ options: ObjectStorage.Options) {
        var configuration = ImagesClient.Configuration(environment: [:])
        configuration.timeouts = options.timeouts
        configuration.proxy = options.proxy
        configuration.certificateAuthorityFile = options.certificateAuthorityFile
        client = ImagesClient(configuration: configuration)
    }

    func send(_ request: ObjectRequest) async throws(ImagesAPIError) -> ObjectResponse {
        try await client.send(request)
    }
}
