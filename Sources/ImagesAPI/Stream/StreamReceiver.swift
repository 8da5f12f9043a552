/// A receiver that can refuse bytes until it resumes the transfer.
protocol ResumableReceiver: TransferReceiver {
    /// Makes the loop deliver the refused bytes again; set before the transfer starts.
    var resume: @Sendable () -> Void { get set }
}

/// Reads the response of a stream while it arrives, and pauses the transfer while the consumer is behind.
///
/// The first bytes of the body decide how it is read, since some servers respond with a plain document all the same.
// Sendable holds: `resume` is set before the transfer starts; all else is touched by one thread at a time, the loop's or the
// disk writer's.
final class StreamReceiver: ResumableReceiver, @unchecked Sendable {
    let channel: EventChannel<ImageStream.Event>
    var resume: @Sendable () -> Void = {}
    private var head: ResponseHead?

    private let limits: ImagesClient.ResponseLimits
    private let expectedImages: Int
    private let expectedPartials: Int
    private let host: String
    private let scrubber: SecretScrubber
    private let bounds: ScanLimits
    private let keepsRaw: Bool
    private var errorBody: ErrorBodyReader?
    private var scanner: ResponseBodyScanner
    private var machine: ImageStreamStateMachine?
    private var failure: ImagesAPIError?
    /// Whether the failure is an event of the server, behind which no image follows.
    private var isRefused = false
    private var isFinished = false
    private var bytesReceived = 0
    /// Counts the events after the last image; nil once they cannot be parsed.
    private var tail: EventStreamScanner?
    private var drained = 0
    private var lateEvents = 0
    /// Events that were ignored: unknown, without data, duplicate, or after the last image.
    var ignoredEvents: Int { (machine?.ignored ?? 0) + lateEvents }
    /// Called before the last events are sent to the channel; set before the transfer starts.
    var beforeLast: @Sendable () -> Void = {}
    /// How many bytes of the next delivery have been read already.
    private var alreadyTaken = 0

    /// - Parameter keepsRaw: whether the bytes of a response that cannot be used are kept for its error.
    init(
        channel: EventChannel<ImageStream.Event>, limits: ImagesClient.ResponseLimits, expectedImages: Int,
        expectedPartials: Int, host: String, imageDirectory: String? = nil,
        scrubber: SecretScrubber = SecretScrubber(), keepsRaw: Bool = false
    ) {
        self.scrubber = scrubber
        self.channel = channel
        self.limits = limits
        self.expectedImages = max(expectedImages, 1)
        self.expectedPartials = max(expectedPartials, 0)
        self.host = host
        self.keepsRaw = keepsRaw
        bounds = ScanLimits(limits, images: expectedImages, imageDirectory: imageDirectory, scrubber: scrubber)
        scanner = ResponseBodyScanner(limits: bounds)
        tail = EventStreamScanner(limits: ScanLimits(limits))
    }

    private var maxBytes: Int {
        limits.wireBytes(images: expectedImages.multipliedReportingOverflow(by: expectedPartials + 1).partialValue)
    }

    func head(_ head: ResponseHead) -> ReceiverVerdict {
        self.head = head
        machine = ImageStreamStateMachine(
            expectedImages: expectedImages, head: head, eventLimit: limits.eventsPerStream)
        if !head.isSuccess { errorBody = ErrorBodyReader(limits: limits, scrubber: scrubber) }
        failure = ResponseRules.problem(in: head, host: host)
        // A success is paid for: its bytes are kept even if they cannot be read, unless they grow on the way.
        guard head.isSuccess, !ResponseRules.isUnpackedInTransit(head) else { return failure == nil ? .more : .stop }
        scanner = ResponseBodyScanner(limits: bounds, mediaType: ResponseRules.mediaType(head), keepsRaw: keepsRaw)
        scanner.expect(images: expectedImages, in: head)
        return .more
    }

    func body(_ bytes: UnsafeRawBufferPointer) -> ReceiverVerdict {
        if errorBody != nil { return errorBody?.take(bytes) == true ? .more : .stop }
        if isFinished { return drain(bytes) }
        // libcurl delivers refused bytes again from their start; those already read are skipped.
        let skipped = min(alreadyTaken, bytes.count)
        let (verdict, taken) = takeEvents(UnsafeRawBufferPointer(rebasing: bytes[skipped...]))
        bytesReceived += taken
        alreadyTaken = verdict == .pause ? skipped + taken : alreadyTaken - skipped
        return verdict
    }

    private func takeEvents(_ bytes: UnsafeRawBufferPointer) -> (ReceiverVerdict, taken: Int) {
        var index = 0
        while index < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[index...])
            // What follows a failure is kept too: for as long as it arrives, or after the server's own error for a moment.
            if failure != nil {
                guard bytesReceived + bytes.count <= maxBytes else { return (.stop, index) }
                scanner.keep(rest)
                return (isRefused ? .drain : .more, bytes.count)
            }
            let resume = resume
            if channel.isFull(wake: { resume() }) { return (.pause, index) }
            guard bytesReceived + index <= maxBytes else {
                failure = machine?.attach(ResponseRules.tooLarge(allowed: maxBytes))
                return (.stop, index)
            }
            do throws(ScanFailure) {
                let (taken, event) = try scanner.scan(rest)
                index += taken
                if let event { act(on: event) }
            } catch {
                failure = machine?.attach(ImagesAPIError(error)) ?? ImagesAPIError(error)
            }
            if isFinished {
                countLate(UnsafeRawBufferPointer(rebasing: bytes[index...]))
                return (.drain, index)
            }
        }
        return (isRefused ? .drain : .more, index)
    }

    private func act(on event: EventStreamScanner.Event) {
        switch machine?.take(event) {
        case nil, .nothing: break
        case .events(let events):
            for event in events {
                channel.send(event)
                if case .partial = event {
                    scanner.noteEvent(isPartial: true)
                } else {
                    scanner.noteEvent(isPartial: false)
                }
            }
        case .finished(let events): succeed(events)
        case .failed(let error):
            failure = error
            isRefused = true
        }
    }

    private func succeed(_ events: [ImageStream.Event]) {
        isFinished = true
        beforeLast()
        for event in events { channel.send(event) }
        channel.finish(.success(()))
    }

    /// Bytes after the last event are read and dropped for a moment, so that the connection can be reused.
    private func drain(_ bytes: UnsafeRawBufferPointer) -> ReceiverVerdict {
        drained += bytes.count
        guard drained <= 65_536 else { return .stop }
        countLate(bytes)
        return .more
    }

    private func countLate(_ bytes: UnsafeRawBufferPointer) {
        var index = 0
        while index < bytes.count, tail != nil {
            do throws(ScanFailure) {
                let scanned = try tail?.scan(UnsafeRawBufferPointer(rebasing: bytes[index...]))
                index += scanned?.taken ?? 0
                guard let event = scanned?.event else { continue }
                if case .done = event.payload { continue }
                lateEvents += 1
            } catch {
                lateEvents += 1
                tail = nil
            }
        }
    }

    func end(_ ending: TransferEnding) -> String? {
        guard !isFinished else { return nil }
        if errorBody == nil, ending.outcome == .complete, failure == nil { endBody() }
        guard !isFinished else { return nil }
        var error = failure ?? reason(ending)
        error.note(head, bytesReceived: bytesReceived, makesImages: true)
        if head?.isSuccess == true {
            error.partialImages += scanner.wholeImages()
            error.keep(scanner.raw)
        }
        channel.finish(.failure(error))
        return error.label
    }

    func abandon(_ ending: TransferEnding) {
        var error = TransportError.error(ending, host: host)
        error.note(nil, bytesReceived: ending.bytesReceived, makesImages: true)
        channel.finish(.failure(error))
    }

    /// The end of the body may end a document, or an event whose blank line is missing.
    private func endBody() {
        do throws(ScanFailure) {
            if let event = try scanner.finish(isWhole: head?.isDelimited ?? false) { act(on: event) }
        } catch {
            failure = machine?.attach(ImagesAPIError(error))
        }
        guard failure == nil, !isFinished, let head else { return }
        // A stream that is announced and has no event has ended early.
        if scanner.isEmpty, ResponseRules.mediaType(head) != "text/event-stream" {
            failure = machine?.attach(ResponseRules.empty(head))
        } else if scanner.form == .unknown {
            failure = machine?.attach(ResponseRules.unreadable(head))
        }
    }

    private func reason(_ ending: TransferEnding) -> ImagesAPIError {
        if let errorBody {
            let error = head.flatMap { HTTPErrors.error($0, body: errorBody, after: ending) }
            return error ?? TransportError.error(ending, host: host)
        }
        guard let machine else { return TransportError.error(ending, host: host) }
        return ending.outcome == .complete
            ? machine.end() : machine.attach(TransportError.error(ending, host: host))
    }
}
