import ImagesAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ObjectStorage {
    /// What a write has come to.
    enum PutOutcome: Equatable {
        case stored
        /// There was an object already. With `mayBeOwn` it may be that of an earlier attempt whose response was lost.
        case exists(mayBeOwn: Bool)
        /// Another write is in progress, which may come to nothing: there may be no object, now or later.
        case conflict(mayBeOwn: Bool)
    }

    /// How often a write in progress is waited for, with a doubling delay that begins at 20 ms.
    static let mostWaits = 6
    static func delay(beforeWait number: Int) -> Duration { .milliseconds(20 << number) }

    /// Writes an object unless there is one; waits for other writes in progress.
    ///
    /// - Returns: `stored` or `exists`.
    func putIfAbsent(_ data: Data, to key: String, headers: [String: String] = [:]) async throws -> PutOutcome {
        var mayBeOwn = false
        var waits = 0
        do {
            while true {
                switch try await put(data, to: key, headers: headers, onlyIfAbsent: true) {
                case .stored: return .stored
                case .exists(let mayBe): return .exists(mayBeOwn: mayBeOwn || mayBe)
                case .conflict(let mayBe): mayBeOwn = mayBeOwn || mayBe
                }
                guard waits < Self.mostWaits else {
                    throw ImagesAPIError(
                        .serverError,
                        "The storage refuses to write the object for another write; write it again later.",
                        status: 409)
                }
                guard (try? await Task.sleep(for: Self.delay(beforeWait: waits))) != nil else {
                    throw ImagesAPIError(.cancelled, "The write was cancelled while it waited for another one.")
                }
                waits += 1
            }
        } catch {
            throw mayBeOwn ? Self.mayBeStored(error) : error
        }
    }

    /// The error with the fact that the object may be there all the same.
    static func mayBeStored(_ error: any Error) -> any Error {
        guard var error = error as? ImagesAPIError else { return error }
        error.facts["mayBeStored"] = "true"
        return error
    }

    /// Writes an object once, with retries.
    ///
    /// - Parameter onlyIfAbsent: whether an object that is there stays: 412, and 409 while another write is in progress.
    func put(
        _ data: Data, to key: String, headers: [String: String] = [:], onlyIfAbsent: Bool,
        retryPolicy: ImagesClient.RetryPolicy? = nil, timeout: Duration? = nil
    ) async throws -> PutOutcome {
        var headers = headers
        if onlyIfAbsent { headers["if-none-match"] = "*" }
        var request = Call(Request(method: .put, key: key, headers: headers), body: data, maxBytes: 65_536)
        request.accepted = onlyIfAbsent ? [409, 412] : []
        request.retryPolicy = retryPolicy
        request.timeout = timeout
        let (response, mayHaveArrived) = try await send(request)
        if response.isSuccess { return .stored }
        // Azure has 409 for both.
        let isThere =
            response.status == 412 || StorageErrors.error(response).facts["storageCode"] == "BlobAlreadyExists"
        return isThere ? .exists(mayBeOwn: mayHaveArrived) : .conflict(mayBeOwn: mayHaveArrived)
    }

    /// Reads an object; nil if there is none.
    ///
    /// - Parameter maxBytes: replaces the limit of the options, if it is smaller.
    func get(_ key: String, maxBytes: Int = .max) async throws -> ObjectResponse? {
        var request = Call(Request(method: .get, key: key), maxBytes: min(options.maxBytes, maxBytes))
        request.accepted = [404]
        let (response, _) = try await send(request)
        return response.status == 404 ? nil : response
    }

    /// Removes an object if it is there.
    func delete(_ key: String) async throws {
        var request = Call(Request(method: .delete, key: key), maxBytes: 65_536)
        request.accepted = [404]
        _ = try await send(request)
    }

    /// One request with its attempts.
    private struct Call {
        var request: Request
        var body = Data()
        var maxBytes: Int
        /// Statuses that are no errors, beyond those of success.
        var accepted: Set<Int> = []
        var retryPolicy: ImagesClient.RetryPolicy?
        var timeout: Duration?

        init(_ request: Request, body: Data = Data(), maxBytes: Int) {
            self.request = request
            self.body = body
            self.maxBytes = maxBytes
        }

        var method: ObjectRequest.Method {
            switch request.method {
            case .get: .get
            case .put: .put
            case .delete: .delete
            }
        }
    }

    /// Sends a request until it succeeds or may not be repeated.
    ///
    /// - Returns: the response, and whether an earlier attempt may have been carried out.
    /// - Throws: what the signer does; an `ImagesAPIError` with the fact `mayBeStored` if a write may have been carried out.
    private func send(_ call: Call) async throws -> (ObjectResponse, mayHaveArrived: Bool) {
        var mayHaveArrived = false
        let response = try await withAttempts(call.retryPolicy ?? options.retryPolicy) { () throws(ImagesAPIError) in
            do throws(ImagesAPIError) {
                let response = try await attempt(call)
                if response.isSuccess || call.accepted.contains(response.status) { return response }
                throw StorageErrors.error(response)
            } catch {
                var error = error
                mayHaveArrived = mayHaveArrived || StorageErrors.mayHaveArrived(error)
                if mayHaveArrived, call.request.method == .put { error.facts["mayBeStored"] = "true" }
                throw error
            }
        }
        return (response, mayHaveArrived)
    }

    private func attempt(_ call: Call) async throws(ImagesAPIError) -> ObjectResponse {
        let url: URL
        do {
            url = try await presign(call.request)
        } catch {
            if let error = error as? ImagesAPIError { throw error }
            // The message of a foreign error may contain secrets.
            throw ImagesAPIError(
                error is CancellationError ? .cancelled : .invalidConfiguration,
                error is CancellationError
                    ? "The request was cancelled."
                    : "The signer of the storage failed (\(type(of: error))); see its logs.")
        }
        var request = ObjectRequest(
            call.method, url.absoluteString, trust: .own(allowsHTTP: options.allowsHTTP), maxBytes: call.maxBytes)
        request.headers = call.request.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        request.body = call.body
        request.timeout = call.timeout
        return try await transport.send(request)
    }
}

/// Runs a request until it succeeds or the policy ends the attempts; the error says how many there were.
func withAttempts<Success>(
    _ policy: ImagesClient.RetryPolicy, _ attempt: () async throws(ImagesAPIError) -> Success
) async throws(ImagesAPIError) -> Success {
    var attempts = 0
    while true {
        attempts += 1
        do throws(ImagesAPIError) {
            return try await attempt()
        } catch {
            var error = error
            error.attempts = attempts
            error.mayHaveBeenBilled = false
            guard !Task.isCancelled,
                let delay = policy.delay(after: error, attempts: attempts, jitter: .random(in: 0..<1)),
                (try? await Task.sleep(for: delay)) != nil
            else { throw error }
        }
    }
}
