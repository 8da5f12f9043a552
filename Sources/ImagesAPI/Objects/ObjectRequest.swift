#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// A request for one object of a storage, at a presigned or public URL; sent once, without redirects.
package struct ObjectRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case put = "PUT"
        case delete = "DELETE"
    }

    /// Which addresses may be connected to.
    package enum Trust: Sendable {
        /// Any: the URL comes from the caller's own signer. `http` only to loopback, or where it is allowed.
        case own(allowsHTTP: Bool)
        /// Those of a policy: the URL comes from outside.
        case policy(ImagesClient.FetchPolicy)
    }

    package var method: Method
    package var url: String
    /// The URL that a redirect is relative to.
    package var base: String?
    package var trust: Trust
    package var headers: [(String, String)] = []
    package var body = Data()
    /// The most bytes of the response's body.
    package var maxBytes: Int
    /// Ends the transfer at `maxBytes` and returns what has arrived, instead of failing.
    package var cutsAtLimit = false
    /// Replaces all timeouts of the client's configuration.
    package var timeout: Duration?

    package init(_ method: Method, _ url: String, trust: Trust, maxBytes: Int) {
        self.method = method
        self.url = url
        self.trust = trust
        self.maxBytes = maxBytes
    }
}

/// The response to an ``ObjectRequest``, whatever its status.
package struct ObjectResponse: Sendable {
    package var status: Int
    /// Header fields, without the secrets of the request's URL, except in `location`, which may have to be followed and is
    /// never shown.
    package var fields: [(String, String)]
    /// The body of a success, or the beginning of another one, without the secrets of the request's URL.
    package var body: Data
    /// Whether the transfer was ended at `maxBytes`.
    package var isCut = false
    /// The absolute URL of the request.
    package var url = ""

    package init(status: Int, fields: [(String, String)] = [], body: Data = Data()) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    package var isSuccess: Bool { head.isSuccess }
    package subscript(name: String) -> String? { head[name] }

    /// The delay that the server asks for before a retry.
    package var retryAfter: Duration? { RetryAfter.delay(head, now: Date().timeIntervalSince1970) }

    /// Seconds since the object was written, by the server's clock; nil if it does not say.
    package var age: Double? {
        guard let now = self["date"].flatMap(HTTPDate.seconds),
            let then = self["last-modified"].flatMap(HTTPDate.seconds)
        else { return nil }
        return max(now - then, 0)
    }

    private var head: ResponseHead { ResponseHead(status: status, fields: fields) }
}

extension ImagesClient {
    /// Sends a request for an object once, outside the rate limiter and the journal.
    ///
    /// - Returns: the response, whatever its status, redirects included.
    /// - Throws: `invalidConfiguration` or `fetchRefused` for a URL that may not be connected to, and transport errors, which
    ///   are retryable if the same request may succeed later. No error contains the URL's query.
    package func send(_ object: ObjectRequest) async throws(ImagesAPIError) -> ObjectResponse {
        let (address, publicOnly) = try Self.address(of: object)
        let method: TransferRequest.Method =
            switch object.method {
            case .get: .get
            case .put: .put
            case .delete: .delete
            }
        var request = TransferRequest(endpoint: .object(method), url: address.url, allowsHTTP: !address.isSecure)
        let fields = try RequestHeaders.checked(object: object.headers)
        request.headers = [("User-Agent", Self.userAgent), ("Accept", request.endpoint.acceptedType)] + fields
        request.body.append(object.body)
        request.timeouts = configuration.timeouts
        if let timeout = object.timeout {
            request.timeouts = Timeouts(connect: timeout, firstByte: timeout, idle: timeout, total: timeout)
        }
        request.limits = configuration.limits
        request.certificateAuthorityFile = configuration.certificateAuthorityFile
        request.allowsTLSKeyLog = configuration.allowsTLSKeyLog
        request.longestIdleConnection = configuration.longestIdleConnection
        request.publicAddressesOnly = publicOnly
        switch object.trust {
        case .policy(let policy):
            request.proxy = policy.proxy ?? ""
            request.isUnshared = true
        case .own:
            request.proxy =
                switch configuration.proxy {
                case .environment: address.isLoopback ? "" : nil
                case .none: ""
                case .address(let proxy): proxy
                }
        }
        // The receiver applies it, and not the transport: a redirect's address must stay whole.
        let scrubber = SecretScrubber(key: nil, fields: Self.queryParts(of: address.url))
        let receiver = ObjectReceiver(
            limits: request.limits, maxBytes: object.maxBytes, cutsAtLimit: object.cutsAtLimit,
            host: TransportError.host(of: address.url), needsDelimiter: address.isSecure, scrubber: scrubber)
        let transfer = try transfer(request, to: receiver)
        let result: Result<ObjectResponse, ImagesAPIError> = await run(transfer) { waiter in
            receiver.continuation.withLock { $0 = waiter }
        }
        if case .failure(let error) = result, transfer.wasRefusedAddress {
            throw FetchAddress.refused("it resolves to an address that is not public", host: error.facts["host"])
        }
        do {
            var response = try result.get()
            response.url = address.url
            return response
        } catch {
            throw scrubber.scrub(error)
        }
    }

    private static func address(
        of object: ObjectRequest
    ) throws(ImagesAPIError) -> (FetchAddress, publicOnly: Bool) {
        switch object.trust {
        case .policy(let policy):
            let address = try FetchAddress(object.url, base: object.base, policy: policy)
            return (address, !policy.allowsPrivateAddresses && policy.proxy == nil)
        case .own(let allowsHTTP):
            let address = try FetchAddress(own: object.url)
            guard address.isSecure || address.isLoopback || allowsHTTP else {
                throw ImagesAPIError(
                    .invalidConfiguration,
                    "The storage's URL cannot be used: plain http would show its signature to others; use https, or set allowsHTTP.",
                    facts: ["host": SanitizedText.sanitized(address.host, limit: 255)])
            }
            return (address, false)
        }
    }

    /// The parts of a URL's query, percent-decoded; a signature and whoever signed are among them.
    private static func queryParts(of url: String) -> [(String, String)] {
        guard let start = url.firstIndex(of: "?") else { return [] }
        let query = url[url.index(after: start)...].prefix { $0 != "#" }
        return query.split(separator: "&").map { part in
            let pair = part.split(separator: "=", maxSplits: 1)
            let value = pair.count > 1 ? String(pair[1]) : ""
            return (String(pair.first ?? ""), PercentEncoding.decoded(value))
        }
    }
}
