import CGessoCurl
import Synchronization

/// One request in progress, as the loop sees it.
// Sendable holds: everything but `wasCancelled`, which is atomic, is touched by the loop's thread alone once started.
final class Transfer: @unchecked Sendable {
    let request: TransferRequest
    let receiver: any TransferReceiver
    /// Set by any thread; checked before the start, so that a cancelled request never reaches the network.
    let wasCancelled = Atomic(false)

    var handle: OpaquePointer?
    var deadlines: Deadlines
    var cursor: BodyCursor
    var head: ResponseHeadParser
    var bytesReceived = 0
    var isPaused = false
    var hasEnded = false
    /// Its place in the queue.
    var queueNumber: UInt64?
    /// Set when all of the body had gone out on a connection that then died.
    private var refusedRewind = false
    /// Set on another connection for a body that was read ahead. If nothing of it was sent, libcurl begins to read
    /// without a rewind.
    private var startsAnew = false
    /// Why a callback ended it, since libcurl does not know the reason.
    var ownReason: TransferEnding.Outcome?
    /// Set when an address was refused, before the receiver's `end`; others read it after that.
    var wasRefusedAddress: Bool { refusedAddress.withLock { $0 } }
    private let refusedAddress = Locked(false)
    /// The head of the final response, once it has arrived; other threads read it after the receiver's `end`.
    var responseHead: ResponseHead? { finalHead.withLock { $0 } }
    private let finalHead = Locked<ResponseHead?>(nil)
    /// Called when a deadline has moved closer.
    var deadlineMoved: ((Deadlines.Instant) -> Void)?

    init(_ request: TransferRequest, receiver: any TransferReceiver, now: ContinuousClock.Instant = .now) {
        self.request = request
        self.receiver = receiver
        deadlines = Deadlines(timeouts: request.timeouts, created: now)
        cursor = BodyCursor(request.body)
        head = ResponseHeadParser(limits: request.limits)
    }

    private func moved() { deadlineMoved?(deadlines.next.instant) }

    /// Whether an address may be connected to, checked just before connecting, so that names and spellings do not
    /// matter.
    func mayConnect(_ address: UnsafeRawBufferPointer) -> Bool {
        guard request.publicAddressesOnly, !AddressRules.isPublic(address) else { return true }
        refusedAddress.withLock { $0 = true }
        return false
    }

    func connected() {
        startsAnew = cursor.bytesRead > 0
        deadlines.connected(at: .now, hasBody: request.body.byteCount > 0)
        moved()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        if startsAnew {
            startsAnew = false
            cursor.rewind()
        }
        let filled = cursor.read(into: buffer)
        request.onUpload?(cursor.bytesRead, request.body.byteCount)
        deadlines.sent(at: .now, isAtEnd: cursor.isAtEnd)
        moved()
        return filled
    }

    /// Lets libcurl send the body again on another connection, unless it has read all of it: the server may then have
    /// received it too, and could bill it twice.
    ///
    /// A reset does not show whether the server had read anything before it closed the connection.
    func rewind() -> Bool {
        startsAnew = false
        guard !cursor.isAtEnd else {
            refusedRewind = true
            return false
        }
        cursor.rewind()
        return true
    }

    func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        let step = head.take(line)
        // Interim responses do not change the phase: the request may still be sent, or be waiting for the final
        // response.
        if !head.isInterim {
            deadlines.received(at: .now)
            moved()
        }
        switch step {
        case .more: return true
        case .complete(let received):
            var head = request.scrubber.scrub(received)
            head.baseURL = request.baseURL
            finalHead.withLock { $0 = head }
            return receiver.head(head) == .more || stop(.stopped)
        case .tooLarge: return stop(.headersTooLarge)
        case .malformed: return stop(.malformedResponse)
        }
    }

    private func stop(_ reason: TransferEnding.Outcome) -> Bool {
        ownReason = reason
        return false
    }

    func takeBody(_ bytes: UnsafeRawBufferPointer) -> ReceiverVerdict {
        let verdict = receiver.body(bytes)
        switch verdict {
        case .more:
            bytesReceived += bytes.count
            deadlines.received(at: .now)
        case .pause:
            isPaused = true
            deadlines.pause()
        case .stop:
            bytesReceived += bytes.count
            ownReason = .stopped
        case .drain:
            bytesReceived += bytes.count
            deadlines.drain(at: .now)
            moved()
        }
        return verdict
    }

    func ending(_ outcome: TransferEnding.Outcome) -> TransferEnding {
        // When a proxy refuses its tunnel the connection breaks, but there was none to the server yet.
        let isUnconnected = outcome == .connectionLost && !deadlines.phase.isPastConnecting
        // For libcurl a response without a status line is another protocol, like an address with another scheme.
        let isNotHTTP = outcome == .protocolRefused && deadlines.phase.isPastConnecting
        var ending = TransferEnding(
            outcome: isUnconnected ? .couldNotConnect : isNotHTTP ? .malformedResponse : outcome,
            bytesReceived: bytesReceived)
        if let handle {
            ending.detail = String(cString: gesso_transfer_message(handle))
            let sent = gesso_transfer_bytes_sent(handle)
            // libcurl counts from zero on every connection, so a body that has been read completely may have been sent
            // on an earlier one.
            ending.requestSent =
                request.body.byteCount > 0
                ? refusedRewind || sent >= Int64(request.body.byteCount) || (sent == 0 && cursor.isAtEnd)
                : deadlines.phase.isPastConnecting
        }
        return ending
    }
}

extension Deadlines.Phase {
    var isPastConnecting: Bool {
        switch self {
        case .queued, .connecting: false
        case .sending, .awaiting, .receiving, .draining: true
        }
    }
}
