/// Errors for transfers that ended without a complete response.
enum TransportError {
    /// Host and port of a URL, and nothing else of it.
    static func host(of url: String) -> String {
        guard let scheme = url.range(of: "://") else { return "" }
        return String(url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" })
    }

    static func error(_ ending: TransferEnding, host: String) -> ImagesAPIError {
        let (code, message) = describe(ending, host: host)
        var error = ImagesAPIError(code, message, bytesReceived: ending.bytesReceived, attempts: 1)
        error.facts["host"] = host
        if !ending.detail.isEmpty { error.facts["detail"] = SanitizedText.sanitized(ending.detail, limit: 256) }
        error.mayHaveBeenBilled = ending.requestSent
        let mayPass: Set<ImagesAPIError.Code> = [
            .couldNotResolve, .couldNotConnect, .connectTimeout, .connectionLost, .idleTimeout, .overloaded,
        ]
        error.isRetryable = !ending.requestSent && (mayPass.contains(code) || ending.outcome == .tlsBrokeOff)
        return error
    }

    /// A response whose end looks like a lost connection.
    static func unclearEnd(_ head: ResponseHead, host: String) -> ImagesAPIError {
        ImagesAPIError(
            .connectionLost,
            "The response of \(host) has neither a length nor chunks, so a lost connection would look like its end; check the proxy in between.",
            status: head.status, facts: ["host": host])
    }

    private static func describe(_ ending: TransferEnding, host: String) -> (ImagesAPIError.Code, String) {
        switch ending.outcome {
        case .timedOut(.connect):
            (
                .connectTimeout,
                "No connection to \(host) within timeouts.connect; check the network and the base URL."
            )
        case .timedOut(.firstByte):
            (
                .firstByteTimeout,
                "\(host) received the request but did not respond in time; raise timeouts.firstByte for slow models."
            )
        case .timedOut(.idle):
            (
                .idleTimeout,
                "No bytes were exchanged with \(host) for too long; raise timeouts.idle if that is expected."
            )
        case .timedOut(.total), .timedOut(.drain):
            (.totalTimeout, "The request to \(host) was not complete within timeouts.total.")
        case .couldNotResolve:
            (.couldNotResolve, "The name \(host) has no address; check the base URL and DNS.")
        case .couldNotConnect:
            (
                .couldNotConnect,
                "No server accepts connections at \(host); start the server, or check the base URL, the network and the proxy."
            )
        case .tlsFailed:
            (
                .tlsFailed,
                "No trusted TLS connection to \(host); check its certificate, the proxy and the system's certificates."
            )
        case .tlsBrokeOff:
            (
                .tlsFailed,
                "The TLS handshake with \(host) was interrupted; check the network, the proxy and whether the server supports TLS 1.2 or later."
            )
        case .connectionLost:
            (.connectionLost, "The connection to \(host) broke after \(ending.bytesReceived) bytes of the response.")
        case .cancelled: (.cancelled, "The request was cancelled.")
        case .shutDown: (.clientShutDown, "The client was shut down; make a new one.")
        case .headersTooLarge:
            (
                .limitExceeded,
                "The header of the response of \(host) is longer than allowed; check the proxy in between, or raise limits.headerBytes."
            )
        case .malformedResponse:
            (.malformedResponse, "The response of \(host) is not HTTP; check the base URL and the proxy.")
        case .protocolRefused: (.invalidConfiguration, "The address of \(host) cannot be used; check the base URL.")
        case .outOfMemory: (.outOfMemory, "No memory or thread for the transfer; send fewer requests at once.")
        case .overloaded:
            (
                .overloaded,
                "The queue of requests is full; send fewer at once, or raise maxQueuedRequests. Nothing was sent."
            )
        case .complete, .stopped, .other:
            (.transportFailed, "The transfer to \(host) failed.")
        }
    }
}
