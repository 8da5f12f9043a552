#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Reads an answer's body as it is, into one buffer.
// Sendable holds: `continuation` is set before the transfer starts; all else is touched by the loop's thread alone.
final class BytesReceiver: TransferReceiver, @unchecked Sendable {
    var continuation: CheckedContinuation<Result<(Data, ResponseHead), ImagesAPIError>, Never>?

    private let limits: ResponseLimits
    private let maxBytes: Int
    private let host: String
    private let buffer = ByteBuffer()
    private var head: ResponseHead?
    private var errorBody: ErrorBodyReader?
    private var failure: ImagesAPIError?

    private let takesRedirects: Bool

    init(limits: ResponseLimits, maxBytes: Int, host: String, takesRedirects: Bool = false) {
        self.takesRedirects = takesRedirects
        self.limits = limits
        self.maxBytes = maxBytes
        self.host = host
    }

    func head(_ head: ResponseHead) -> ReceiverVerdict {
        self.head = head
        if takesRedirects, (300...399).contains(head.status) { return .stop }
        if let problem = ResponseRules.problem(in: head, host: host) { return fail(problem) }
        if !(200...299).contains(head.status) { errorBody = ErrorBodyReader(limits: limits) }
        if let length = head["content-length"].flatMap({ Int($0) }), length > maxBytes {
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
        continuation?.resume(returning: result)
        continuation = nil
        if case .failure(let error) = result { return error.label }
        return nil
    }

    private func result(_ ending: TransferEnding) -> Result<(Data, ResponseHead), ImagesAPIError> {
        if takesRedirects, let head, (300...399).contains(head.status) { return .success((Data(), head)) }
        if let head, let errorBody, [.complete, .stopped, .connectionLost].contains(ending.outcome), failure == nil {
            return .failure(HTTPErrors.error(head, body: errorBody))
        }
        guard failure == nil, ending.outcome == .complete, let head else {
            var error = failure ?? TransportError.error(ending, host: host)
            // Reading makes no picture: it costs nothing and may be repeated.
            error.mayHaveBeenBilled = false
            error.isRetryable = error.isRetryable || error.code == .connectionLost
            error.status = error.status ?? head?.status
            error.requestID = error.requestID ?? head?["x-request-id"]
            error.attempts = max(error.attempts, 1)
            return .failure(error)
        }
        return .success((buffer.take(), head))
    }
}
