/// Runs a receiver that writes files on the disk writer's threads, so that a slow disk never holds up the transport.
///
/// The transport's thread only copies bytes into a bounded queue. When that is full the transfer pauses until the disk has
/// caught up. The receiver sees the same calls in the same order, one at a time, so whatever it promises about what is on
/// disk before something is handed out stays true; its verdicts reach the loop as commands.
// Sendable holds: `inner` is called by one thread at a time, since one job runs at most; all else has its lock.
final class OffloadedReceiver: TransferReceiver, @unchecked Sendable {
    /// Bytes that wait for the disk before the transfer pauses.
    static let capacity = 256 << 10
    /// Bytes that are given to the receiver at once; what arrives in small pieces is put together up to this.
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
        /// The receiver refused bytes; they are first in line until it asks for them.
        var isParked = false
        /// It asked for them before they were parked.
        var wasResumed = false
        var isNetworkPaused = false
        var verdict = ReceiverVerdict.more
        var isFinished = false
    }

    let inner: any TransferReceiver
    private let thread: DiskWriter.Hold
    private let state = Locked(State())
    /// Tells the loop what the receiver wants; set before the transfer starts.
    var tellLoop: @Sendable (TransportLoop.ReceiverWish) -> Void = { _ in }

    /// - Parameter thread: there for as long as the receiver is, so that nothing is ever written by the transport's own.
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
            // Taken out first, so that it grows in place.
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
        // Whoever refused bytes is asked again: there will be no others.
        unpark()
        return nil
    }

    /// Ends the wait of whoever asked for the response while the disk still works on it.
    func abandon(_ ending: TransferEnding) { inner.abandon(ending) }

    /// Whether the receiver has had its end.
    var isFinished: Bool { state.withLock { $0.isFinished } }
    /// Whether the disk, and not the consumer, is what the receiver waits for.
    var isBusy: Bool { state.withLock { !$0.isFinished && !$0.isParked } }

    // MARK: From any thread

    /// Brings the bytes that the receiver refused again.
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
                tellLoop(.forget)
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

    /// Puts refused bytes first in line; false when the receiver wants them already.
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
        if resumes { tellLoop(.resume) }
    }

    private func note(_ verdict: ReceiverVerdict) {
        switch verdict {
        case .more, .pause: return
        case .stop:
            state.withLock { $0.verdict = .stop }
            tellLoop(.stop)
        case .drain: tellLoop(.drain)
        }
    }
}
