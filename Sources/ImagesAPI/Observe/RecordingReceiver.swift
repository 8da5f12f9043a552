/// Stands between the network and a receiver: keeps the raw answer first, and tells observers about the attempt.
// Sendable holds: all but `kept`, which has its lock, is touched by one thread at a time, the loop's or the disk
// writer's, once the transfer has started.
final class RecordingReceiver: TransferReceiver, @unchecked Sendable {
    private let inner: any TransferReceiver
    private let observations: [AttemptObservation]
    private let spoolFile: String?
    private let scrubber: SecretScrubber
    private let started = ContinuousClock.now
    private var timeToHead: Duration?
    private var head: ResponseHead?
    private var spool: AtomicFileWriter?
    private var isEventStream = false
    /// Where in the body the next delivery begins, and how far the spool has it.
    private var delivered = 0
    private var spooled = 0
    /// The kept answer, once it is on disk.
    var spooledFile: String? { kept.withLock { $0 } }
    private let kept = Locked<String?>(nil)

    init(
        _ inner: any TransferReceiver, observations: [AttemptObservation], spoolFile: String?,
        scrubber: SecretScrubber
    ) {
        self.inner = inner
        self.scrubber = scrubber
        self.observations = observations
        self.spoolFile = spoolFile
        (inner as? StreamReceiver)?.beforeLast = { [unowned self] in keep(isWhole: true) }
    }

    func head(_ head: ResponseHead) -> ReceiverVerdict {
        self.head = head
        timeToHead = ContinuousClock.now - started
        if let spoolFile, head.isSuccess {
            spool = AtomicFileWriter(named: spoolFile)
            isEventStream = ResponseRules.mediaType(head) == "text/event-stream"
        }
        return inner.head(head)
    }

    func body(_ bytes: UnsafeRawBufferPointer) -> ReceiverVerdict {
        // Bytes that were refused come again; the spool has them already.
        let known = min(spooled - delivered, bytes.count)
        if known < bytes.count {
            spool?.write(UnsafeRawBufferPointer(rebasing: bytes[known...]))
            spooled = delivered + bytes.count
        }
        let verdict = inner.body(bytes)
        if case .pause = verdict { return verdict }
        delivered += bytes.count
        return verdict
    }

    /// Brings the answer to disk, once, before anybody is told that it came and may end the process.
    private func keep(isWhole: Bool) {
        guard var arrived = spool else { return }
        spool = nil
        let file = arrived.close(fileExtension: isEventStream ? "sse" : "json", isWhole: isWhole)
        kept.withLock { $0 = file }
    }

    func end(_ ending: TransferEnding) -> String? {
        keep(isWhole: ending.outcome == .complete)
        let label = inner.end(ending)
        let outcome = AttemptOutcome(
            label: label ?? "ok", status: head?.status, requestID: head?["x-request-id"].map(scrubber.scrub),
            duration: ContinuousClock.now - started, timeToHead: timeToHead, bytesReceived: delivered,
            ignoredEvents: (inner as? StreamReceiver)?.ignoredEvents ?? 0, spooledFile: spooledFile)
        for observation in observations { observation.ended(outcome) }
        return label
    }

    func abandon(_ ending: TransferEnding) { inner.abandon(ending) }
}

extension Transfer {
    /// Where the raw answer was kept, once it is on disk.
    var spooledFile: String? {
        let direct = (receiver as? OffloadedReceiver)?.inner ?? receiver
        return (direct as? RecordingReceiver)?.spooledFile
    }
}

extension ImagesClient {
    /// A transfer whose answer is spooled and observed as the configuration wants it.
    func transfer(_ request: TransferRequest, to receiver: any TransferReceiver) -> Transfer {
        guard !configuration.observers.isEmpty || request.spoolFile != nil else {
            return offloading(request, receiver)
        }
        let context = AttemptContext(
            operation: request.operation, model: request.model, bytesToSend: request.body.byteCount)
        let observations = configuration.observers.map { $0.begin(context) }
        var observed = request
        for (name, value) in observations.flatMap(\.headers) where RequestHeaders.isSafe(name, value) {
            observed.headers.append((name, value))
        }
        return offloading(
            observed,
            RecordingReceiver(
                receiver, observations: observations, spoolFile: request.spoolFile, scrubber: request.scrubber))
    }

    /// A transfer whose receiver runs on the disk writer's threads if it writes files.
    private func offloading(_ request: TransferRequest, _ receiver: any TransferReceiver) -> Transfer {
        // Downloads of files stay in memory, wherever images go.
        let mayWriteImages = request.pictureDirectory != nil && request.operation != "files"
        guard request.spoolFile != nil || mayWriteImages else { return Transfer(request, receiver: receiver) }
        let offloaded = OffloadedReceiver(receiver)
        let transfer = Transfer(request, receiver: offloaded)
        let loop = core.loop
        offloaded.tellLoop = { [weak transfer] wish in if let transfer { loop.wish(wish, of: transfer) } }
        return transfer
    }
}
