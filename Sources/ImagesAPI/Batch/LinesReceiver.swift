/// Reads a result file line by line, and pauses the transfer while the consumer is behind.
// Sendable holds: `resume` is set before the transfer starts; all else is touched by one thread at a time, the loop's or the
// disk writer's.
final class LinesReceiver: ResumableReceiver, @unchecked Sendable {
    var resume: @Sendable () -> Void = {}

    private let channel: EventChannel<Batch.Result>
    private let limits: ImagesClient.ResponseLimits
    private let host: String
    private let scrubber: SecretScrubber
    /// Whether the response must have a length or chunks, since a file truncated at the end of a line looks complete.
    private let needsDelimiter: Bool
    private var scanner: JSONLinesScanner
    private var head: ResponseHead?
    private var errorBody: ErrorBodyReader?
    private var failure: ImagesAPIError?
    private var alreadyTaken = 0

    init(
        channel: EventChannel<Batch.Result>, limits: ImagesClient.ResponseLimits, host: String,
        scrubber: SecretScrubber,
        needsDelimiter: Bool, imageDirectory: String? = nil
    ) {
        self.needsDelimiter = needsDelimiter
        self.channel = channel
        self.scrubber = scrubber
        self.limits = limits
        self.host = host
        scanner = JSONLinesScanner(limits: ScanLimits(limits, imageDirectory: imageDirectory, scrubber: scrubber))
    }

    func head(_ head: ResponseHead) -> ReceiverVerdict {
        self.head = head
        failure = ResponseRules.problem(in: head, host: host)
        // A proxy's page in place of the file.
        let isPage = ResponseRules.mediaType(head) == "text/html"
        if !head.isSuccess || isPage { errorBody = ErrorBodyReader(limits: limits, scrubber: scrubber) }
        if failure == nil, errorBody == nil, needsDelimiter, !head.isDelimited {
            failure = TransportError.unclearEnd(head, host: host)
        }
        return failure == nil ? .more : .stop
    }

    func body(_ bytes: UnsafeRawBufferPointer) -> ReceiverVerdict {
        if errorBody != nil { return errorBody?.take(bytes) == true ? .more : .stop }
        // libcurl delivers refused bytes again from their start; those already read are skipped.
        let skipped = min(alreadyTaken, bytes.count)
        var index = skipped
        while index < bytes.count {
            let resume = resume
            if channel.isFull(wake: { resume() }) {
                alreadyTaken = index
                return .pause
            }
            let (taken, line) = scanner.scan(UnsafeRawBufferPointer(rebasing: bytes[index...]))
            index += taken
            if let line { channel.send(Batch.Result(line, scrubber: scrubber)) }
        }
        alreadyTaken -= skipped
        return .more
    }

    func end(_ ending: TransferEnding) -> String? {
        if ending.outcome == .complete, failure == nil, errorBody == nil {
            if let line = scanner.finish() { channel.send(Batch.Result(line, scrubber: scrubber)) }
            channel.finish(.success(()))
            return nil
        }
        var error = failure ?? reason(ending)
        // Reading costs nothing.
        error.note(head, bytesReceived: ending.bytesReceived, makesImages: false)
        channel.finish(.failure(error))
        return error.label
    }

    func abandon(_ ending: TransferEnding) {
        var error = TransportError.error(ending, host: host)
        error.note(nil, bytesReceived: ending.bytesReceived, makesImages: false)
        channel.finish(.failure(error))
    }

    private func reason(_ ending: TransferEnding) -> ImagesAPIError {
        if let head, let errorBody, let error = HTTPErrors.error(head, body: errorBody, after: ending) { return error }
        return TransportError.error(ending, host: host)
    }
}
