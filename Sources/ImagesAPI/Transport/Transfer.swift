import CGessoCurl
import Synchronization

/// One request under way: what the loop knows about it.
// Sendable holds: everything but `wasCancelled`, which is atomic, is touched by the loop's thread alone once started.
final class Transfer: @unchecked Sendable {
    let request: TransferRequest
    let receiver: any TransferReceiver
    /// Set by any thread; read before the start so that a cancelled request never reaches the network.
    let wasCancelled = Atomic(false)

    var handle: OpaquePointer?
    var deadlines: Deadlines
    var cursor: BodyCursor
    var head: ResponseHeadParser
    var bytesReceived = 0
    var isPaused = false
    var hasEnded = false
    /// Where it stands among those that wait for a free place.
    var placeInLine: UInt64?
    /// Set when all of the body had gone out on a connection that then died.
    private var refusedRewind = false
    /// Set on another connection for a body that was read ahead. When nothing of it had gone out, libcurl asks for no rewind
    /// but begins to read.
    private var startsAnew = false
    /// Why we stopped it ourselves, where libcurl only knows that a callback did.
    var ownReason: TransferEnding.Outcome?
    /// Set when an address was refused, before the receiver's `end`; others read it after that.
    var wasRefusedAddress: Bool { refusedAddress.withLock { $0 } }
    private let refusedAddress = Locked(false)
    /// The head of the final answer, once it has come; read by others after the receiver was told.
    var responseHead: ResponseHead? { finalHead.withLock { $0 } }
    private let finalHead = Locked<ResponseHead?>(nil)
    /// Told when a deadline has moved closer.
    var deadlineMoved: ((Deadlines.Instant) -> Void)?

    init(_ request: TransferRequest, receiver: any TransferReceiver, now: ContinuousClock.Instant = .now) {
        self.request = request
        self.receiver = receiver
        deadlines = Deadlines(timeouts: request.timeouts, created: now)
        cursor = BodyCursor(request.body)
        head = ResponseHeadParser(limits: request.limits)
    }

    private func moved() { deadlineMoved?(deadlines.next.instant) }

    /// Whether an address may be connected to, asked at the last moment: names and spellings play no part.
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
        deadlines.sent(at: .now, isAtEnd: cursor.isAtEnd)
        moved()
        return filled
    }

    /// Lets libcurl send the body anew on another connection, unless it has read all of it: the server may then have it too,
    /// and act, and charge, twice.
    ///
    /// Whether the server had closed the connection before it read anything cannot be told from here: a reset looks the
    /// same either way.
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
        // Interim answers leave the request where it stands: it may still be going out, or be waiting for the real answer.
        if !head.isInterim {
            deadlines.received(at: .now)
            moved()
        }
        switch step {
        case .more: return true
        case .complete(let received):
            let head = request.scrubber.scrub(received)
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
        // A proxy that refuses its tunnel ends as a broken connection, but there was none to the server yet.
        let isUnconnected = outcome == .connectionLost && !deadlines.phase.isPastConnecting
        // An answer without a status line is another protocol to libcurl, just as an address of one would be.
        let isNotHTTP = outcome == .protocolRefused && deadlines.phase.isPastConnecting
        var ending = TransferEnding(
            outcome: isUnconnected ? .couldNotConnect : isNotHTTP ? .malformedResponse : outcome,
            bytesReceived: bytesReceived)
        if let handle {
            ending.detail = String(cString: gesso_transfer_message(handle))
            let sent = gesso_transfer_bytes_sent(handle)
            // libcurl counts from zero when it connects anew, so a body that has been read whole may have gone out before.
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
