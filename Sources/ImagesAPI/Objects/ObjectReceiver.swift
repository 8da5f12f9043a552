#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Collects the response to a request for an object, up to a limit at which it fails or ends.
// Sendable holds: `continuation` has its lock; all else is touched by the loop's thread alone.
final class ObjectReceiver: TransferReceiver, @unchecked Sendable {
    /// The caller that waits for the response; taken by whichever of `end` and `abandon` resumes it first.
    let continuation = Locked<CheckedContinuation<Result<ObjectResponse, ImagesAPIError>, Never>?>(nil)

    private let limits: ImagesClient.ResponseLimits
    private let maxBytes: Int
    private let cutsAtLimit: Bool
    private let host: String
    /// Whether the body must have a length or chunks, since its bytes do not show whether it is complete.
    private let needsDelimiter: Bool
    private let scrubber: SecretScrubber
    private let buffer = ByteBuffer()
    private var head: ResponseHead?
    private var errorBody: ErrorBodyReader?
    private var failure: ImagesAPIError?
    private var isCut = false

    init(
        limits: ImagesClient.ResponseLimits, maxBytes: Int, cutsAtLimit: Bool, host: String, needsDelimiter: Bool,
        scrubber: SecretScrubber
    ) {
        self.limits = limits
        self.maxBytes = maxBytes
        self.cutsAtLimit = cutsAtLimit
        self.host = host
        self.needsDelimiter = needsDelimiter
        self.scrubber = scrubber
    }

    /// The head without secrets, but with the whole address of a redirect, which may repeat the request's query.
    private func withoutSecrets(_ head: ResponseHead) -> ResponseHead {
        var clean = scrubber.scrub(head)
        clean.fields = zip(head.fields, clean.fields).map { given, scrubbed in
            given.0.caseInsensitivelyEquals("location") ? given : scrubbed
        }
        return clean
    }

    func head(_ received: ResponseHead) -> ReceiverVerdict {
        let head = withoutSecrets(received)
        self.head = head
        guard head.isSuccess else {
            if (300...399).contains(head.status) { return .stop }
            errorBody = ErrorBodyReader(limits: limits, scrubber: scrubber)
            return .more
        }
        if let problem = ResponseRules.problem(in: head, host: host) { return fail(problem) }
        if needsDelimiter, !head.isDelimited, !cutsAtLimit {
            return fail(TransportError.unclearEnd(head, host: host))
        }
        if !cutsAtLimit, let length = head.contentLength, length > maxBytes {
            return fail(ResponseRules.tooLarge(allowed: maxBytes))
        }
        return .more
    }

    func body(_ bytes: UnsafeRawBufferPointer) -> ReceiverVerdict {
        if errorBody != nil { return errorBody?.take(bytes) == true ? .more : .stop }
        let room = maxBytes - buffer.count
        guard bytes.count <= room || cutsAtLimit else { return fail(ResponseRules.tooLarge(allowed: maxBytes)) }
        guard buffer.append(UnsafeRawBufferPointer(rebasing: bytes.prefix(room))) else {
            return fail(ImagesAPIError(Base64Failure.outOfMemory))
        }
        isCut = bytes.count > room
        return isCut ? .stop : .more
    }

    private func fail(_ error: ImagesAPIError) -> ReceiverVerdict {
        failure = error
        return .stop
    }

    func end(_ ending: TransferEnding) -> String? {
        let result = result(ending)
        resume(result)
        if case .failure(let error) = result { return error.label }
        return nil
    }

    func abandon(_ ending: TransferEnding) { resume(.failure(transportError(ending))) }

    private func resume(_ result: Result<ObjectResponse, ImagesAPIError>) {
        let waiter = continuation.withLock { waiter in
            defer { waiter = nil }
            return waiter
        }
        waiter?.resume(returning: result)
    }

    private func result(_ ending: TransferEnding) -> Result<ObjectResponse, ImagesAPIError> {
        if var failure {
            failure.note(head, bytesReceived: ending.bytesReceived, makesImages: false)
            return .failure(failure)
        }
        guard let head, ending.outcome != .cancelled, ending.outcome != .shutDown else {
            return .failure(transportError(ending))
        }
        // The status says enough, even if the rest of the body is lost.
        if !head.isSuccess {
            return .success(
                ObjectResponse(status: head.status, fields: head.fields, body: Data((errorBody?.text ?? "").utf8)))
        }
        guard ending.outcome == .complete || isCut else { return .failure(transportError(ending)) }
        var response = ObjectResponse(status: head.status, fields: head.fields, body: buffer.take())
        response.isCut = isCut
        return .success(response)
    }

    private func transportError(_ ending: TransferEnding) -> ImagesAPIError {
        var error = TransportError.error(ending, host: host)
        error.note(nil, bytesReceived: ending.bytesReceived, makesImages: false)
        // Requests for objects can be repeated, whatever the server has done with them.
        let mayPass: Set<ImagesAPIError.Code> = [.connectionLost, .firstByteTimeout, .idleTimeout]
        error.isRetryable = error.isRetryable || mayPass.contains(error.code)
        return error
    }
}
