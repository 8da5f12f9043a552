/// A receiver that can refuse bytes until it resumes the transfer.
protocol ResumableReceiver: TransferReceiver {
    /// Makes the loop deliver the refused bytes again; set before the transfer starts.
    var resume: @Sendable () -> Void { get set }
}

/// Reads the response of a stream while it arrives, and pauses the transfer while the consumer is behind.
// Sendable holds: `resume` is set before the transfer starts; all else is touched by one thread at a time, the loop's or the
// disk writer's.
final class StreamReceiver: ResumableReceiver, @unchecked Sendable {
    private enum Mode {
        case events
        case whole
        case error(ErrorBodyReader)
    }

    let channel: EventChannel<ImageStream.Event>
    var resume: @Sendable () -> Void = {}
    private var head: ResponseHead?

    private let limits: ImagesClient.ResponseLimits
    private let expectedImages: Int
    private let expectedPartials: Int
    private let host: String
    private let scrubber: SecretScrubber
    private var mode = Mode.events
    private var events: EventStreamScanner
    private var scanner: JSONScanner
    private var machine: ImageStreamStateMachine?
    private var failure: ImagesAPIError?
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

    init(
        channel: EventChannel<ImageStream.Event>, limits: ImagesClient.ResponseLimits, expectedImages: Int,
        expectedPartials: Int,
        host: String, imageDirectory: String? = nil, scrubber: SecretScrubber = SecretScrubber()
    ) {
        self.scrubber = scrubber
        self.channel = channel
        self.limits = limits
        self.expectedImages = max(expectedImages, 1)
        self.expectedPartials = max(expectedPartials, 0)
        self.host = host
        let bounds = ScanLimits(
            limits, images: expectedImages, imageDirectory: imageDirectory, scrubber: scrubber)
        events = EventStreamScanner(limits: bounds)
        scanner = JSONScanner(limits: bounds)
        tail = EventStreamScanner(limits: ScanLimits(limits))
    }

    private var maxBytes: Int {
        limits.wireBytes(images: expectedImages.multipliedReportingOverflow(by: expectedPartials + 1).partialValue)
    }

    func head(_ head: ResponseHead) -> ReceiverVerdict {
        self.head = head
        machine = ImageStreamStateMachine(
            expectedImages: expectedImages, head: head, eventLimit: limits.eventsPerStream)
        if let problem = ResponseRules.problem(in: head, host: host) {
            failure = problem
            return .stop
        }
        if head.isSuccess, ResponseRules.mediaType(head) == "text/event-stream" {
            mode = .events
        } else if head.isSuccess, ResponseRules.mayBeJSON(head) {
            mode = .whole
            if let length = head["content-length"].flatMap({ Int($0) }), length > 0 {
                scanner.expectedImageBytes = min(length, limits.wireBytesPerImage) / 4 * 3
            }
        } else {
            mode = .error(ErrorBodyReader(limits: limits, scrubber: scrubber))
        }
        return .more
    }

    func body(_ bytes: UnsafeRawBufferPointer) -> ReceiverVerdict {
        if failure != nil { return .stop }
        if isFinished { return drain(bytes) }
        // libcurl delivers refused bytes again from their start; those already read are skipped.
        let skipped = min(alreadyTaken, bytes.count)
        let fresh = UnsafeRawBufferPointer(rebasing: bytes[skipped...])
        switch mode {
        case .error(var reader):
            let goesOn = reader.take(fresh)
            mode = .error(reader)
            return goesOn ? .more : .stop
        case .whole:
            return takeWhole(fresh)
        case .events:
            let (verdict, taken) = takeEvents(fresh)
            bytesReceived += taken
            alreadyTaken = verdict == .pause ? skipped + taken : alreadyTaken - skipped
            return verdict
        }
    }

    private func takeWhole(_ bytes: UnsafeRawBufferPointer) -> ReceiverVerdict {
        bytesReceived += bytes.count
        guard bytesReceived <= maxBytes else { return fail(ResponseRules.tooLarge(allowed: maxBytes)) }
        do throws(ScanFailure) { try scanner.scan(bytes) } catch { return fail(ImagesAPIError(error)) }
        return .more
    }

    private func takeEvents(_ bytes: UnsafeRawBufferPointer) -> (ReceiverVerdict, taken: Int) {
        var index = 0
        while index < bytes.count {
            let resume = resume
            if channel.isFull(wake: { resume() }) { return (.pause, index) }
            guard bytesReceived + index <= maxBytes else {
                return (fail(ResponseRules.tooLarge(allowed: maxBytes)), index)
            }
            do throws(ScanFailure) {
                let (taken, event) = try events.scan(UnsafeRawBufferPointer(rebasing: bytes[index...]))
                index += taken
                if let event, act(on: event) {
                    guard failure == nil else { return (.stop, index) }
                    countLate(UnsafeRawBufferPointer(rebasing: bytes[index...]))
                    return (.drain, index)
                }
            } catch {
                return (fail(ImagesAPIError(error)), index)
            }
        }
        return (.more, index)
    }

    /// Handles an event; true when the stream has ended.
    private func act(on event: EventStreamScanner.Event) -> Bool {
        switch machine?.take(event) {
        case nil, .nothing: return false
        case .events(let events):
            for event in events { channel.send(event) }
            return false
        case .finished(let events):
            succeed(events)
            return true
        case .failed(let error):
            failure = error
            return true
        }
    }

    private func succeed(_ events: [ImageStream.Event]) {
        isFinished = true
        beforeLast()
        for event in events { channel.send(event) }
        channel.finish(.success(()))
    }

    private func fail(_ error: ImagesAPIError) -> ReceiverVerdict {
        failure = machine?.attach(error) ?? error
        return .stop
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
        if case .whole = mode, ending.outcome == .complete, failure == nil { endWhole() }
        guard !isFinished else { return nil }
        var error = failure ?? reason(ending)
        error.note(head, bytesReceived: bytesReceived, makesImages: true)
        if case .whole = mode { error.partialImages += scanner.wholeImages() }
        channel.finish(.failure(error))
        return error.label
    }

    func abandon(_ ending: TransferEnding) {
        var error = TransportError.error(ending, host: host)
        error.note(nil, bytesReceived: ending.bytesReceived, makesImages: true)
        channel.finish(.failure(error))
    }

    private func endWhole() {
        do throws(ScanFailure) {
            switch machine?.takeWhole(try scanner.finish()) {
            case .finished(let events): succeed(events)
            case .events(let events):
                for event in events { channel.send(event) }
                failure = machine?.end()
            case .failed(let error): failure = error
            case nil, .nothing: break
            }
        } catch {
            failure = scanner.isEmpty ? head.map(ResponseRules.empty) : ImagesAPIError(error)
            failure = failure.map { machine?.attach($0) ?? $0 }
        }
    }

    private func reason(_ ending: TransferEnding) -> ImagesAPIError {
        if case .error(let body) = mode {
            let error = head.flatMap { HTTPErrors.error($0, body: body, after: ending) }
            return error ?? TransportError.error(ending, host: host)
        }
        guard let machine else { return TransportError.error(ending, host: host) }
        return ending.outcome == .complete
            ? machine.end() : machine.attach(TransportError.error(ending, host: host))
    }
}
