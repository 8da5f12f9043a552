#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Reads a JSON response while it arrives; anything else becomes an error.
// Sendable holds: `continuation` has its lock; all else is touched by one thread at a time, the loop's or the disk writer's.
final class ResponseCollector: TransferReceiver, @unchecked Sendable {
    struct Collected: Sendable {
        var head: ResponseHead
        var document: ScannedDocument
    }

    /// The caller that waits for the response; taken by whichever of `end` and `abandon` resumes it first.
    let continuation = Locked<CheckedContinuation<Result<Collected, ImagesAPIError>, Never>?>(nil)

    private let limits: ImagesClient.ResponseLimits
    private let expectedImages: Int
    private let host: String
    private let scrubber: SecretScrubber
    private var scanner: JSONScanner
    private var head: ResponseHead?
    private var errorBody: ErrorBodyReader?
    private var failure: ImagesAPIError?
    private var bytesReceived = 0
    private let maxBytes: Int

    init(
        limits: ImagesClient.ResponseLimits, expectedImages: Int, host: String, imageDirectory: String? = nil,
        scrubber: SecretScrubber = SecretScrubber()
    ) {
        self.scrubber = scrubber
        self.limits = limits
        self.expectedImages = expectedImages
        self.host = host
        scanner = JSONScanner(
            limits: ScanLimits(
                limits, images: expectedImages, imageDirectory: imageDirectory, scrubber: scrubber))
        scanner.expectedImages = max(expectedImages, 1)
        maxBytes = limits.wireBytes(images: expectedImages)
    }

    func head(_ head: ResponseHead) -> ReceiverVerdict {
        self.head = head
        if let problem = ResponseRules.problem(in: head, host: host) { return fail(problem) }
        if !head.isSuccess || !ResponseRules.mayBeJSON(head) {
            errorBody = ErrorBodyReader(limits: limits, scrubber: scrubber)
            return .more
        }
        if let length = head["content-length"].flatMap({ Int($0) }), length > 0 {
            guard length <= maxBytes else { return fail(ResponseRules.tooLarge(allowed: maxBytes)) }
            scanner.expectedImageBytes = min(length / scanner.expectedImages, limits.wireBytesPerImage) / 4 * 3
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
            error.note(head, bytesReceived: bytesReceived, makesImages: true)
            error.partialImages = scanner.wholeImages()
            result = .failure(error)
        }
        resume(result)
        if case .failure(let error) = result { return error.label }
        return nil
    }

    func abandon(_ ending: TransferEnding) {
        var error = TransportError.error(ending, host: host)
        error.note(nil, bytesReceived: ending.bytesReceived, makesImages: true)
        resume(.failure(error))
    }

    private func resume(_ result: Result<Collected, ImagesAPIError>) {
        let waiter = continuation.withLock { waiter in
            defer { waiter = nil }
            return waiter
        }
        waiter?.resume(returning: result)
    }

    private func result(_ ending: TransferEnding) -> Result<Collected, ImagesAPIError> {
        if let failure { return .failure(failure) }
        if let head, let errorBody, let error = HTTPErrors.error(head, body: errorBody, after: ending) {
            return .failure(error)
        }
        guard ending.outcome == .complete, errorBody == nil, let head else {
            return .failure(TransportError.error(ending, host: host))
        }
        do throws(ScanFailure) {
            let document = try scanner.finish()
            // Here and not where the images are taken, on Swift's threads, since the disk may be slow.
            for image in document.images { image.bytes.finishFile() }
            return .success(Collected(head: head, document: document))
        } catch {
            if scanner.isEmpty { return .failure(ResponseRules.empty(head)) }
            // Without a length or chunks, a lost connection looks like the end of the body.
            guard head.isDelimited else { return .failure(TransportError.error(lost(ending), host: host)) }
            return .failure(ImagesAPIError(error))
        }
    }

    private func lost(_ ending: TransferEnding) -> TransferEnding {
        var ending = ending
        ending.outcome = .connectionLost
        return ending
    }
}
