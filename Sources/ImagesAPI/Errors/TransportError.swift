/// Turns the way a transfer broke off into an error.
enum TransportError {
    /// Host and port of an address, and nothing else of it.
    static func host(of url: String) -> String {
        guard let scheme = url.range(of: "://") else { return "" }
        return String(url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" })
    }

    static func error(_ ending: TransferEnding, host: String) -> ImagesAPIError {
        let (code, message) = words(ending, host: host)
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

    /// The loss of a connection that looks like the end of a body.
    static func unclearEnd(_ head: ResponseHead, host: String) -> ImagesAPIError {
        ImagesAPIError(
            .connectionLost,
            "The answer of \(host) has neither a length nor chunks, so a lost connection would look like its end; look at the proxy in between.",
            status: head.status, facts: ["host": host])
    }

    private static func words(_ ending: TransferEnding, host: String) -> (ImagesAPIError.Code, String) {
        switch ending.outcome {
        case .timedOut(.connect):
            (
                .connectTimeout,
                "No connection to \(host) within the time for connecting; check the network and the base URL."
            )
        case .timedOut(.firstByte):
            (
                .firstByteTimeout,
                "\(host) took the request but did not begin to answer in time; raise timeouts.firstByte for slow models."
            )
        case .timedOut(.idle):
            (
                .idleTimeout,
                "The exchange with \(host) stood still for too long; raise timeouts.idle if that is expected."
            )
        case .timedOut(.total), .timedOut(.drain):
            (.totalTimeout, "The request to \(host) was not done within timeouts.total.")
        case .couldNotResolve:
            (.couldNotResolve, "The name \(host) has no address; check the base URL and the name service.")
        case .couldNotConnect:
            (
                .couldNotConnect,
                "Nobody answers at \(host); start the server, or check the base URL, the network and the proxy."
            )
        case .tlsFailed:
            (
                .tlsFailed,
                "No trusted TLS connection to \(host); check its certificate, the proxy and the system's certificates."
            )
        case .tlsBrokeOff:
            (
                .tlsFailed,
                "The TLS handshake with \(host) broke off; check the network, the proxy and whether the server speaks TLS 1.2 or later."
            )
        case .connectionLost:
            (.connectionLost, "The connection to \(host) broke after \(ending.bytesReceived) bytes of the answer.")
        case .cancelled: (.cancelled, "The request was cancelled.")
        case .shutDown: (.clientShutDown, "The client was shut down; make a new one.")
        case .headersTooLarge:
            (.limitExceeded, "The header of the answer of \(host) is longer than allowed; a proxy may be at fault.")
        case .malformedResponse: (.malformedResponse, "What \(host) answered is not HTTP.")
        case .protocolRefused: (.invalidConfiguration, "The address of \(host) cannot be used; check the base URL.")
        case .outOfMemory: (.outOfMemory, "No memory or thread for the transfer; send fewer requests at once.")
        case .overloaded:
            (
                .overloaded,
                "As many requests as may wait do so already; send fewer at once, or raise maxQueuedRequests. Nothing was sent."
            )
        case .complete, .stopped, .other:
            (.transportFailed, "The transfer to \(host) failed.")
        }
    }
}
