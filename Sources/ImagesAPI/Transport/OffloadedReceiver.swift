/// Runs a receiver that writes files on the disk writer's threads, so that a slow disk never delays the transport.
///
/// The transport's thread only copies bytes into a bounded queue; when that is full, the transfer pauses until the disk
/// has caught up. The receiver gets the same calls in the same order, one at a time, so its guarantees about what is on
/// disk still hold; its verdicts reach the loop as commands.
// Sendable holds: `inner` is called by one thread at a time, since one job runs at most; all else has its lock.
final class OffloadedReceiver: TransferReceiver, @unchecked Sendable {
    /// Bytes that wait for the disk before the transfer pauses.
    static let capacity = 256 << 10
    /// The largest piece that small pieces are joined to for the receiver.
    private static let pieceBytes = 64 << 10

    private enum Step {
        case head(ResponseHead)
        case body([UInt8])
        case end(TransferEnding)
    }

    private struct State {
        var steps: [Step] = []
        var waitingBytes = 0
        /// A job is queued or runs.
        var isRunning = false
        /// The receiver refused bytes; they are first in the queue until it resumes.
        var isParked = false
        /// It resumed before they were in the queue again.
        var wasResumed = false
        var isNetworkPaused = false
        var verdict = ReceiverVerdict.more
        var isFinished = false
    }

    let inner: any TransferReceiver
    private let thread: DiskWriter.Hold
    private let state = Locked(State())
    /// Passes the receiver's verdicts to the loop; set before the transfer starts.
    var sendCommand: @Sendable (TransportLoop.ReceiverCommand) -> Void = { _ in }

    /// - Parameter thread: held for the life of the receiver, so that the transport's thread never writes files.
    init(_ inner: any TransferReceiver, thread: DiskWriter.Hold) {
        self.inner = inner
        self.thread = thread
    }

    // MARK: From the transport's thread

    func head(_ head: ResponseHead) -> ReceiverVerdict {
        add(.head(head))
        return .more
    }

    func body(_ bytes: UnsafeRawBufferPointer) -> ReceiverVerdict {
        let verdict = state.withLock { state -> ReceiverVerdict in
            if case .stop = state.verdict { return .stop }
            guard state.waitingBytes == 0 || state.waitingBytes + bytes.count <= Self.capacity else {
                state.isNetworkPaused = true
                return .pause
            }
            state.waitingBytes += bytes.count
            guard case .body(var last) = state.steps.last, last.count + bytes.count <= Self.pieceBytes else {
                state.steps.append(.body(Array(bytes)))
                return .more
            }
            // Removed first, so that it grows in place.
            state.steps.removeLast()
            last += bytes
            state.steps.append(.body(last))
            return .more
        }
        if case .more = verdict { startIfIdle() }
        return verdict
    }

    func end(_ ending: TransferEnding) -> String? {
        add(.end(ending))
        // A receiver that refused bytes gets them again, since no others will come.
        unpark()
        return nil
    }

    /// Ends the caller's wait for the response while the disk still writes it.
    func abandon(_ ending: TransferEnding) { inner.abandon(ending) }

    /// Whether the receiver has had its end.
    var isFinished: Bool { state.withLock { $0.isFinished } }
    /// Whether the disk, and not the consumer, is what the receiver waits for.
    var isBusy: Bool { state.withLock { !$0.isFinished && !$0.isParked } }

    // MARK: From any thread

    /// Delivers the bytes that the receiver refused again.
    func unpark() {
        let starts = state.withLock { state -> Bool in
            guard state.isParked else {
                state.wasResumed = true
                return false
            }
            state.isParked = false
            state.isRunning = true
            return true
        }
        if starts { start() }
    }

    private func add(_ step: Step) {
        state.withLock { $0.steps.append(step) }
        startIfIdle()
    }

    private func startIfIdle() {
        let starts = state.withLock { state -> Bool in
            guard !state.isRunning, !state.isParked else { return false }
            state.isRunning = true
            return true
        }
        if starts { start() }
    }

    private func start() { thread.enqueue { self.work() } }

    // MARK: On a thread of the disk writer

    private func work() {
        while let step = next() {
            switch step {
            case .head(let head): note(inner.head(head))
            case .body(let bytes):
                let verdict = bytes.withUnsafeBytes { inner.body($0) }
                if case .pause = verdict {
                    if park(bytes) { return }
                } else {
                    release(bytes.count)
                    note(verdict)
                }
            case .end(let ending):
                inner.end(ending)
                state.withLock { $0.isFinished = true }
                sendCommand(.forget)
            }
        }
    }

    private func next() -> Step? {
        state.withLock { state in
            state.wasResumed = false
            while let step = state.steps.first {
                state.steps.removeFirst()
                // After a stop only the end counts.
                if case .stop = state.verdict, case .body(let bytes) = step {
                    state.waitingBytes -= bytes.count
                    continue
                }
                return step
            }
            state.isRunning = false
            return nil
        }
    }

    /// Puts refused bytes first in the queue; false when the receiver has resumed already.
    private func park(_ bytes: [UInt8]) -> Bool {
        state.withLock { state in
            state.steps.insert(.body(bytes), at: 0)
            guard !state.wasResumed else { return false }
            state.isParked = true
            state.isRunning = false
            return true
        }
    }

    private func release(_ count: Int) {
        let resumes = state.withLock { state -> Bool in
            state.waitingBytes -= count
            guard state.isNetworkPaused, state.waitingBytes <= Self.capacity / 2 else { return false }
            state.isNetworkPaused = false
            return true
        }
        if resumes { sendCommand(.resume) }
    }

    private func note(_ verdict: ReceiverVerdict) {
        switch verdict {
        case .more, .pause: return
        case .stop:
            state.withLock { $0.verdict = .stop }
            sendCommand(.stop)
        case .drain: sendCommand(.drain)
        }
    }
}
