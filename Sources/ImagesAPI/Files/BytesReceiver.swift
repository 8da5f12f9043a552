#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Collects the body of a response in one buffer.
// Sendable holds: `continuation` has its lock; all else is touched by one thread at a time, the loop's or the disk writer's.
final class BytesReceiver: TransferReceiver, @unchecked Sendable {
    /// The caller that waits for the response; taken by whichever of `end` and `abandon` resumes it first.
    let continuation = Locked<CheckedContinuation<Result<(Data, ResponseHead), ImagesAPIError>, Never>?>(nil)

    private let limits: ImagesClient.ResponseLimits
    private let maxBytes: Int
    private let host: String
    private let scrubber: SecretScrubber
    private let buffer = ByteBuffer()
    private var head: ResponseHead?
    private var errorBody: ErrorBodyReader?
    private var failure: ImagesAPIError?

    private let takesRedirects: Bool
    /// Whether the body must have a length or chunks, since its bytes do not show whether it is complete.
    private let needsDelimiter: Bool

    init(
        limits: ImagesClient.ResponseLimits, maxBytes: Int, host: String, needsDelimiter: Bool,
        takesRedirects: Bool = false,
        scrubber: SecretScrubber = SecretScrubber()
    ) {
        self.scrubber = scrubber
        self.needsDelimiter = needsDelimiter
        self.takesRedirects = takesRedirects
        self.limits = limits
        self.maxBytes = maxBytes
        self.host = host
    }

    func head(_ head: ResponseHead) -> ReceiverVerdict {
        self.head = head
        if takesRedirects, (300...399).contains(head.status) { return .stop }
        if let problem = ResponseRules.problem(in: head, host: host) { return fail(problem) }
        if !head.isSuccess { errorBody = ErrorBodyReader(limits: limits, scrubber: scrubber) }
        if head.isSuccess, needsDelimiter, !head.isDelimited {
            return fail(TransportError.unclearEnd(head, host: host))
        }
        if let length = head.contentLength, length > maxBytes {
            return fail(ResponseRules.tooLarge(allowed: maxBytes))
        }
        return .more
    }

    func body(_ bytes: UnsafeRawBufferPointer) -> ReceiverVerdict {
        if errorBody != nil { return errorBody?.take(bytes) == true ? .more : .stop }
        guard buffer.count + bytes.count <= maxBytes else { return fail(ResponseRules.tooLarge(allowed: maxBytes)) }
        guard buffer.append(bytes) else { return fail(ImagesAPIError(Base64Failure.outOfMemory)) }
        return .more
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

    func abandon(_ ending: TransferEnding) {
        var error = TransportError.error(ending, host: host)
        error.note(nil, bytesReceived: ending.bytesReceived, makesImages: false)
        error.isRetryable = error.isRetryable || error.code == .connectionLost
        resume(.failure(error))
    }

    private func resume(_ result: Result<(Data, ResponseHead), ImagesAPIError>) {
        let waiter = continuation.withLock { waiter in
            defer { waiter = nil }
            return waiter
        }
        waiter?.resume(returning: result)
    }

    private func result(_ ending: TransferEnding) -> Result<(Data, ResponseHead), ImagesAPIError> {
        if takesRedirects, let head, (300...399).contains(head.status) { return .success((Data(), head)) }
        if failure == nil, errorBody == nil, ending.outcome == .complete, let head {
            return .success((buffer.take(), head))
        }
        var error = failure ?? reason(ending)
        // Reading costs nothing and may be retried.
        error.note(head, bytesReceived: ending.bytesReceived, makesImages: false)
        // A response that was refused for its form would be refused again.
        error.isRetryable = failure == nil && (error.isRetryable || error.code == .connectionLost)
        return .failure(error)
    }

    private func reason(_ ending: TransferEnding) -> ImagesAPIError {
        if let head, let errorBody, let error = HTTPErrors.error(head, body: errorBody, after: ending) { return error }
        return TransportError.error(ending, host: host)
    }
}
