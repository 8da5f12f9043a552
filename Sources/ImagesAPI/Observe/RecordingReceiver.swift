/// Writes the raw response to the spool before its receiver reads it, and reports the attempt to observers.
// Sendable holds: all but `kept`, which has its lock, is touched by one thread at a time, the loop's or the disk
// writer's, once the transfer has started.
final class RecordingReceiver: TransferReceiver, @unchecked Sendable {
    private let inner: any TransferReceiver
    private let observers: [@Sendable (ImagesClient.Attempt.Outcome) -> Void]
    private let scrubber: SecretScrubber
    private let started = ContinuousClock.now
    private var timeToHead: Duration?
    private var head: ResponseHead?
    /// Keeps the response if it is a success.
    private var spool: SpoolFile?
    /// The first bytes of the body, which show its form.
    private var opening: [UInt8] = []
    /// The position in the body of the next delivery, and how many bytes are in the spool.
    private var delivered = 0
    private var spooled = 0
    /// The path of the response, once it is on disk.
    var spooledFile: String? { kept.withLock { $0 } }
    private let kept = Locked<String?>(nil)

    init(
        _ inner: any TransferReceiver, observers: [@Sendable (ImagesClient.Attempt.Outcome) -> Void], spool: SpoolFile?,
        scrubber: SecretScrubber
    ) {
        self.inner = inner
        self.scrubber = scrubber
        self.observers = observers
        self.spool = spool
        (inner as? StreamReceiver)?.beforeLast = { [unowned self] in keep(isWhole: true) }
    }

    func head(_ head: ResponseHead) -> ReceiverVerdict {
        self.head = head
        timeToHead = ContinuousClock.now - started
        return inner.head(head)
    }

    func body(_ bytes: UnsafeRawBufferPointer) -> ReceiverVerdict {
        // Refused bytes are delivered again, and the spool has them already.
        let known = min(spooled - delivered, bytes.count)
        if known < bytes.count {
            if head?.isSuccess == true, spool != nil {
                let fresh = UnsafeRawBufferPointer(rebasing: bytes[known...])
                opening.append(contentsOf: fresh.prefix(1_024 - opening.count))
                spool?.write(fresh)
            }
            spooled = delivered + bytes.count
        }
        let verdict = inner.body(bytes)
        if case .pause = verdict { return verdict }
        delivered += bytes.count
        return verdict
    }

    /// Syncs the response to disk, once, before its caller has it and may end the process.
    private func keep(isWhole: Bool) {
        guard let arrived = spool else { return }
        spool = nil
        guard head?.isSuccess == true, isWhole || spooled > 0 else { return arrived.discard() }
        let form = ResponseOpening.form(of: opening, mediaType: head.flatMap(ResponseRules.mediaType))
        let file = arrived.close(fileExtension: form.fileExtension, isWhole: isWhole)
        kept.withLock { $0 = file }
    }

    func end(_ ending: TransferEnding) -> String? {
        keep(isWhole: ending.outcome == .complete)
        let label = inner.end(ending)
        let outcome = ImagesClient.Attempt.Outcome(
            label: label ?? "ok", status: head?.status, requestID: head?.requestID.map(scrubber.scrub),
            duration: ContinuousClock.now - started, timeToHead: timeToHead, bytesReceived: delivered,
            ignoredEvents: (inner as? StreamReceiver)?.ignoredEvents ?? 0, spooledFile: spooledFile)
        for ended in observers { ended(outcome) }
        return label
    }

    func abandon(_ ending: TransferEnding) { inner.abandon(ending) }
}

extension Transfer {
    /// The path of the raw response, once it is on disk.
    var spooledFile: String? {
        let direct = (receiver as? OffloadedReceiver)?.inner ?? receiver
        return (direct as? RecordingReceiver)?.spooledFile
    }
}

extension ImagesClient {
    /// A transfer whose response is spooled and observed as the configuration says.
    ///
    /// - Throws: `outOfMemory` when no thread can be started to write its files.
    func transfer(
        _ request: TransferRequest, to receiver: any TransferReceiver
    ) throws(ImagesAPIError) -> Transfer {
        guard !configuration.observers.isEmpty || request.spool != nil else {
            return try offloading(request, receiver)
        }
        let context = ImagesClient.Attempt(
            operation: request.endpoint.label, model: request.model, bytesToSend: request.body.byteCount)
        let observations = configuration.observers.map { $0.begin(context) }
        var observed = request
        for (name, value) in observations.flatMap(\.headers)
        where RequestHeaders.isSafe(name, value, configuration.server) {
            observed.headers.append((name, value))
        }
        return try offloading(
            observed,
            RecordingReceiver(
                receiver, observers: observations.map(\.ended), spool: request.spool, scrubber: request.scrubber))
    }

    /// A transfer whose receiver runs on the disk writer's threads if it writes files.
    private func offloading(
        _ request: TransferRequest, _ receiver: any TransferReceiver
    ) throws(ImagesAPIError) -> Transfer {
        let folders = [request.spool?.directory, request.imageDirectory].compactMap { $0 }
        guard !folders.isEmpty else { return Transfer(request, receiver: receiver) }
        // Two directories together have a writer of their own: if one of the disks stops, claims in the other continue.
        let thread = try DiskWriter.shared(for: folders.joined(separator: "\n")).holdThread()
        let offloaded = OffloadedReceiver(receiver, thread: thread)
        let transfer = Transfer(request, receiver: offloaded)
        let loop = core.loop
        offloaded.sendCommand = { [weak transfer] command in if let transfer { loop.perform(command, of: transfer) } }
        return transfer
    }
}
