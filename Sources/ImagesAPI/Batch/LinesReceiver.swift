/// Reads a result file line by line and stops reading from the network when the consumer is behind.
// Sendable holds: `resume` is set before the transfer starts; all else is touched by the loop's thread alone.
final class LinesReceiver: ResumableReceiver, @unchecked Sendable {
    var resume: @Sendable () -> Void = {}

    private let channel: EventChannel<BatchResult>
    private let limits: ResponseLimits
    private let host: String
    private var scanner: JSONLinesScanner
    private var head: ResponseHead?
    private var errorBody: ErrorBodyReader?
    private var failure: ImagesAPIError?
    private var alreadyTaken = 0

    init(
        channel: EventChannel<BatchResult>, limits: ResponseLimits, host: String, pictureDirectory: String? = nil
    ) {
        self.channel = channel
        self.limits = limits
        self.host = host
        scanner = JSONLinesScanner(limits: ScanLimits(limits, pictureDirectory: pictureDirectory))
    }

    func head(_ head: ResponseHead) -> ReceiverVerdict {
        self.head = head
        failure = ResponseRules.problem(in: head, host: host)
        if !(200...299).contains(head.status) { errorBody = ErrorBodyReader(limits: limits) }
        return failure == nil ? .more : .stop
    }

    func body(_ bytes: UnsafeRawBufferPointer) -> ReceiverVerdict {
        if errorBody != nil { return errorBody?.take(bytes) == true ? .more : .stop }
        // libcurl brings refused bytes again from their start; what was taken of them is passed over.
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
            if let line { channel.send(BatchResult(line)) }
        }
        alreadyTaken -= skipped
        return .more
    }

    func end(_ ending: TransferEnding) -> String? {
        if ending.outcome == .complete, failure == nil, errorBody == nil {
            if let line = scanner.finish() { channel.send(BatchResult(line)) }
            channel.finish(.success(()))
            return nil
        }
        var error: ImagesAPIError
        if let head, let errorBody, failure == nil, ending.outcome != .cancelled {
            error = HTTPErrors.error(head, body: errorBody)
        } else {
            error = failure ?? TransportError.error(ending, host: host)
        }
        // Reading makes no picture and costs nothing.
        error.mayHaveBeenBilled = false
        error.status = error.status ?? head?.status
        error.requestID = error.requestID ?? head?["x-request-id"]
        error.attempts = max(error.attempts, 1)
        channel.finish(.failure(error))
        return error.label
    }
}
