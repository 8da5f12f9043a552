#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Reads a whole JSON answer while it arrives, and turns anything else into an error.
// Sendable holds: `continuation` is set before the transfer starts; all else is touched by the loop's thread alone.
final class ResponseCollector: TransferReceiver, @unchecked Sendable {
    struct Collected: Sendable {
        var head: ResponseHead
        var document: ScannedDocument
    }

    var continuation: CheckedContinuation<Result<Collected, ImagesAPIError>, Never>?

    private let limits: ResponseLimits
    private let expectedImages: Int
    private let host: String
    private var scanner: JSONScanner
    private var head: ResponseHead?
    private var errorBody: ErrorBodyReader?
    private var failure: ImagesAPIError?
    private var bytesReceived = 0
    private let maxBytes: Int

    init(limits: ResponseLimits, expectedImages: Int, host: String, pictureDirectory: String? = nil) {
        self.limits = limits
        self.expectedImages = expectedImages
        self.host = host
        scanner = JSONScanner(limits: ScanLimits(limits, pictureDirectory: pictureDirectory))
        maxBytes = limits.wireBytes(images: expectedImages)
    }

    func head(_ head: ResponseHead) -> ReceiverVerdict {
        self.head = head
        if let problem = ResponseRules.problem(in: head, host: host) { return fail(problem) }
        if !(200...299).contains(head.status) || !ResponseRules.mayBeJSON(head) {
            errorBody = ErrorBodyReader(limits: limits)
            return .more
        }
        if let length = head["content-length"].flatMap({ Int($0) }), length > 0 {
            guard length <= maxBytes else { return fail(ResponseRules.tooLarge(allowed: maxBytes)) }
            scanner.expectedImageBytes = min(length, limits.wireBytesPerImage) / 4 * 3
        }
        return .more
    }

    func body(_ bytes: UnsafeRawBufferPointer) -> ReceiverVerdict {
        bytesReceived += bytes.count
        if errorBody != nil { return errorBody?.take(bytes) == true ? .more : .stop }
        guard bytesReceived <= maxBytes else { return fail(ResponseRules.tooLarge(allowed: maxBytes)) }
        do throws(ScanFailure) {
            try scanner.scan(bytes)
            return .more
        } catch {
            return fail(ImagesAPIError(error))
        }
    }

    private func fail(_ error: ImagesAPIError) -> ReceiverVerdict {
        failure = error
        return .stop
    }

    func end(_ ending: TransferEnding) -> String? {
        var result = result(ending)
        if case .failure(var error) = result {
            error.attempts = max(error.attempts, 1)
            error.bytesReceived = bytesReceived
            error.status = error.status ?? head?.status
            error.requestID = error.requestID ?? head?["x-request-id"]
            if head.map({ (200...299).contains($0.status) }) == true { error.mayHaveBeenBilled = true }
            result = .failure(error)
        }
        continuation?.resume(returning: result)
        continuation = nil
        if case .failure(let error) = result { return error.label }
        return nil
    }

    private func result(_ ending: TransferEnding) -> Result<Collected, ImagesAPIError> {
        if let failure { return .failure(failure) }
        if let head, let errorBody, ending.outcome == .complete || ending.outcome == .stopped {
            return .failure(HTTPErrors.error(head, body: errorBody))
        }
        guard ending.outcome == .complete, let head else {
            // An HTTP error whose body was cut off is still that HTTP error.
            if let head, let errorBody, !(200...299).contains(head.status), ending.outcome == .connectionLost {
                return .failure(HTTPErrors.error(head, body: errorBody))
            }
            return .failure(TransportError.error(ending, host: host))
        }
        do throws(ScanFailure) {
            return .success(Collected(head: head, document: try scanner.finish()))
        } catch {
            return .failure(scanner.isEmpty ? ResponseRules.empty(head) : ImagesAPIError(error))
        }
    }
}
