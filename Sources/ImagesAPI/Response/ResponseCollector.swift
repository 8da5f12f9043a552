/// Reads a whole response while it arrives, and says why it cannot be used if it cannot.
// Sendable holds: `continuation` has its lock; all else is touched by one thread at a time, the loop's or the disk writer's.
final class ResponseCollector<Reader: ResponseBodyReader>: TransferReceiver, @unchecked Sendable {
    /// The caller that waits for the response; taken by whichever of `end` and `abandon` resumes it first.
    let continuation = Locked<CheckedContinuation<Result<Reader.Success, ImagesAPIError>, Never>?>(nil)

    private let limits: ImagesClient.ResponseLimits
    private let host: String
    private let scrubber: SecretScrubber
    private let makeReader: @Sendable (ResponseHead) -> Reader
    private let maxBytes: Int
    private var reader: Reader?
    private var head: ResponseHead?
    private var errorBody: ErrorBodyReader?
    private var failure: ImagesAPIError?
    private var bytesReceived = 0

    init(
        limits: ImagesClient.ResponseLimits, expectedImages: Int, host: String,
        scrubber: SecretScrubber = SecretScrubber(), makeReader: @escaping @Sendable (ResponseHead) -> Reader
    ) {
        self.scrubber = scrubber
        self.limits = limits
        self.host = host
        self.makeReader = makeReader
        maxBytes = limits.wireBytes(images: expectedImages)
    }

    func head(_ head: ResponseHead) -> ReceiverVerdict {
        self.head = head
        if !head.isSuccess { errorBody = ErrorBodyReader(limits: limits, scrubber: scrubber) }
        failure = ResponseRules.problem(in: head, host: host)
        // A success is paid for: its bytes are kept even if they cannot be read, unless they grow on the way.
        guard head.isSuccess, !ResponseRules.isUnpackedInTransit(head) else { return failure == nil ? .more : .stop }
        let reader = makeReader(head)
        self.reader = reader
        if let length = head.contentLength, length > maxBytes {
            failure = ResponseRules.tooLarge(allowed: maxBytes)
            return .stop
        }
        return .more
    }

    func body(_ bytes: UnsafeRawBufferPointer) -> ReceiverVerdict {
        bytesReceived += bytes.count
        if errorBody != nil { return errorBody?.take(bytes) == true ? .more : .stop }
        guard bytesReceived <= maxBytes else {
            failure = ResponseRules.tooLarge(allowed: maxBytes)
            return .stop
        }
        if failure != nil { reader?.keep(bytes) } else { reader?.take(bytes) }
        return reader?.isRefused == true ? .drain : .more
    }

    func end(_ ending: TransferEnding) -> String? {
        var result = result(ending)
        if case .failure(var error) = result {
            error.note(head, bytesReceived: bytesReceived, makesImages: true)
            if let reader {
                error.partialImages = reader.partialImages()
                error.keep(reader.body)
            }
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

    private func resume(_ result: Result<Reader.Success, ImagesAPIError>) {
        let waiter = continuation.withLock { waiter in
            defer { waiter = nil }
            return waiter
        }
        waiter?.resume(returning: result)
    }

    private func result(_ ending: TransferEnding) -> Result<Reader.Success, ImagesAPIError> {
        if let failure { return .failure(failure) }
        if let head, let errorBody, let error = HTTPErrors.error(head, body: errorBody, after: ending) {
            return .failure(error)
        }
        guard ending.outcome == .complete || reader?.isRefused == true, errorBody == nil, let head, var reader else {
            return .failure(TransportError.error(ending, host: host))
        }
        defer { self.reader = reader }
        let result = reader.finish(isWhole: head.isDelimited)
        // Without a length or chunks, a lost connection looks like the end of the body.
        if case .failure(let error) = result, !head.isDelimited, error.isDamage {
            var lost = ending
            lost.outcome = .connectionLost
            return .failure(TransportError.error(lost, host: host))
        }
        return result
    }
}

extension ImagesAPIError {
    /// Whether the body of the response breaks off or is damaged, as after a lost connection.
    fileprivate var isDamage: Bool { code == .malformedResponse || code == .malformedBase64 }
}
