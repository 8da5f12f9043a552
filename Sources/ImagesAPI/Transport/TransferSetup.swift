import CGessoCurl

/// Makes libcurl handles for requests.
enum TransferSetup {
    /// The handle, or nil when libcurl refuses it or memory is short.
    static func handle(for transfer: Transfer) -> OpaquePointer? {
        var callbacks = TransferCallbacks.table
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        guard let handle = gesso_transfer_create(&callbacks, context) else { return nil }
        let request = transfer.request
        var failed = gesso_transfer_set_url(handle, request.url, request.allowsHTTP ? 1 : 0)
        switch request.endpoint.method {
        case .get: failed |= gesso_transfer_set_get(handle)
        case .delete: failed |= gesso_transfer_set_delete(handle)
        case .put: failed |= gesso_transfer_set_put(handle, Int64(request.body.byteCount))
        case .post: failed |= gesso_transfer_set_post(handle, Int64(request.body.byteCount))
        }
        for (name, value) in request.headers {
            // libcurl sends a field without a value only if it is written with a semicolon.
            failed |= gesso_transfer_add_header(handle, value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        if let proxy = request.proxy { failed |= gesso_transfer_set_proxy(handle, proxy) }
        if request.allowsTLSKeyLog { failed |= gesso_transfer_allow_key_log(handle) }
        if let path = request.certificateAuthorityFile {
            failed |= gesso_transfer_set_certificate_authorities(handle, path)
        }
        failed |= gesso_transfer_set_longest_idle(handle, request.longestIdleConnection.milliseconds / 1_000)
        if request.isUnshared { failed |= gesso_transfer_set_unshared(handle) }
        // Far beyond the client's own deadline, since libcurl's default of 300 s would end a longer one.
        failed |= gesso_transfer_set_connect_timeout(handle, request.timeouts.connect.milliseconds + 60_000)
        guard failed == 0 else {
            gesso_transfer_destroy(handle)
            return nil
        }
        return handle
    }
}

extension Duration {
    /// Whole milliseconds, never negative and never beyond a day.
    var milliseconds: Int64 {
        let day: Int64 = 86_400_000
        guard components.seconds < 86_400 else { return day }
        return max(components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000, 0)
    }
}

extension TransferEnding.Outcome {
    init(_ result: gesso_transfer_result) {
        switch result {
        case GESSO_TRANSFER_COMPLETE: self = .complete
        case GESSO_TRANSFER_COULD_NOT_RESOLVE: self = .couldNotResolve
        case GESSO_TRANSFER_COULD_NOT_CONNECT: self = .couldNotConnect
        case GESSO_TRANSFER_TLS_FAILED: self = .tlsFailed
        case GESSO_TRANSFER_TLS_BROKE_OFF: self = .tlsBrokeOff
        case GESSO_TRANSFER_TIMED_OUT: self = .timedOut(.connect)
        case GESSO_TRANSFER_CONNECTION_LOST: self = .connectionLost
        case GESSO_TRANSFER_PROTOCOL_REFUSED: self = .protocolRefused
        case GESSO_TRANSFER_MALFORMED_RESPONSE: self = .malformedResponse
        case GESSO_TRANSFER_NO_MEMORY: self = .outOfMemory
        default: self = .other
        }
    }
}
