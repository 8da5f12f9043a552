import CGessoCurl
import CGessoKernels
import Synchronization

/// Drives every transfer of one client on one thread of its own.
///
/// Other threads only put commands into a mailbox and wake the loop; only the loop's thread calls libcurl.
// Sendable holds: `mailbox` has its lock; everything else is touched by the loop's thread alone once it runs.
final class TransportLoop: @unchecked Sendable {
    private enum Command {
        case start(Transfer)
        case cancel(Transfer)
        case receiver(ReceiverCommand, Transfer)
    }

    /// A receiver's request from another thread.
    enum ReceiverCommand: Sendable {
        /// Deliver the refused bytes again.
        case resume
        /// End the transfer.
        case stop
        /// Read the rest for a moment, so that the connection can be reused.
        case drain
        /// The receiver has handled the end.
        case forget
    }

    /// A response that has been received and that the disk is still writing.
    private struct Lingering {
        let transfer: Transfer
        let receiver: OffloadedReceiver
        var ending: TransferEnding
        var abandonAt: ContinuousClock.Instant
        var isAbandoned = false
    }

    /// How long a cancelled request waits for the disk to write what has arrived.
    static let diskGrace = Duration.milliseconds(25)

    private enum Phase {
        case idle, running, stopping, stopped
    }

    private struct Mailbox {
        var phase = Phase.idle
        var commands: [Command] = []
        /// The set to wake; nil before the start and from the moment the loop takes it down.
        var set: OpaquePointer?
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let mailbox = Locked(Mailbox())
    private let maxActive: Int
    private let maxQueued: Int
    private var set: OpaquePointer?
    private var active: [ObjectIdentifier: Transfer] = [:]
    private var queue = TransferQueue()
    private var lingering: [ObjectIdentifier: Lingering] = [:]
    private var nextCheck = ContinuousClock.now

    init(maxActive: Int, maxQueued: Int) {
        self.maxActive = max(maxActive, 1)
        self.maxQueued = max(maxQueued, 0)
    }

    // MARK: From any thread

    /// Starts a transfer; its receiver's `end` is called in any case.
    func start(_ transfer: Transfer) {
        let failure: TransferEnding.Outcome? = mailbox.withLock { box in
            switch box.phase {
            case .stopping, .stopped: return .shutDown
            case .idle:
                guard let fresh = gesso_transfer_set_create() else { return .outOfMemory }
                set = fresh
                box.set = fresh
                box.phase = .running
                box.commands.append(.start(transfer))
                let context = Unmanaged.passRetained(self).toOpaque()
                let error = gesso_thread_start(
                    "gesso-transport",
                    { context in
                        guard let context else { return }
                        Unmanaged<TransportLoop>.fromOpaque(context).takeRetainedValue().run()
                    }, context)
                guard error == 0 else {
                    Unmanaged<TransportLoop>.fromOpaque(context).release()
                    gesso_transfer_set_destroy(fresh)
                    set = nil
                    box.set = nil
                    box.commands = []
                    box.phase = .idle
                    return .outOfMemory
                }
            case .running: Self.post(.start(transfer), in: &box)
            }
            return nil
        }
        if let failure { Self.notify(transfer, transfer.ending(failure)) }
    }

    /// Calls the receiver's `end`. If the transfer was never begun, nothing has arrived and there is no disk to wait
    /// for.
    private static func notify(_ transfer: Transfer, _ ending: TransferEnding) {
        if transfer.handle == nil, let offloaded = transfer.receiver as? OffloadedReceiver { offloaded.abandon(ending) }
        transfer.receiver.end(ending)
    }

    func cancel(_ transfer: Transfer) {
        transfer.wasCancelled.store(true, ordering: .relaxed)
        mailbox.withLock { Self.post(.cancel(transfer), in: &$0) }
        // The response may be complete, and wait for a consumer that takes no more.
        (transfer.receiver as? OffloadedReceiver)?.unpark()
    }

    func perform(_ command: ReceiverCommand, of transfer: Transfer) {
        mailbox.withLock { Self.post(.receiver(command, transfer), in: &$0) }
    }

    /// Ends every transfer and then the thread; returns at once.
    func shutDown() {
        let waiters = mailbox.withLock { box -> [CheckedContinuation<Void, Never>] in
            switch box.phase {
            case .idle:
                box.phase = .stopped
                defer { box.waiters = [] }
                return box.waiters
            case .running:
                box.phase = .stopping
                if let set = box.set { gesso_transfer_set_wakeup(set) }
            case .stopping, .stopped: break
            }
            return []
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when the thread has ended and nothing of it is left.
    func waitUntilShutDown() async {
        await withCheckedContinuation { continuation in
            let isOver = mailbox.withLock { box in
                if box.phase == .stopped { return true }
                box.waiters.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    private static func post(_ command: Command, in box: inout Mailbox) {
        guard box.phase == .running, let set = box.set else { return }
        box.commands.append(command)
        if box.commands.count == 1 { gesso_transfer_set_wakeup(set) }
    }

    // MARK: On the loop's thread

    private func run() {
        guard let set else { return }
        while true {
            let (commands, isStopping) = mailbox.withLock { box in
                defer { box.commands = [] }
                return (box.commands, box.phase == .stopping)
            }
            for command in commands { perform(command) }
            if isStopping { break }
            _ = gesso_transfer_set_perform(set)
            collectEnded()
            expire()
            _ = gesso_transfer_set_wait(set, waitMilliseconds())
        }
        takeDown()
    }

    private func perform(_ command: Command) {
        switch command {
        case .start(let transfer):
            // It was cancelled before this command arrived.
            if transfer.wasCancelled.load(ordering: .relaxed) {
                end(transfer, .cancelled)
                return
            }
            guard active.count < maxActive || queue.count < maxQueued else {
                end(transfer, .overloaded)
                return
            }
            queue.append(transfer)
            note(transfer.deadlines.next.instant)
            startQueued()
        case .cancel(let transfer):
            if active[ObjectIdentifier(transfer)] != nil || transfer.queueNumber != nil {
                end(transfer, .cancelled)
                startQueued()
            } else if var late = lingering[ObjectIdentifier(transfer)] {
                late.ending.outcome = .cancelled
                late.abandonAt = min(late.abandonAt, .now + Self.diskGrace)
                lingering[ObjectIdentifier(transfer)] = late
                note(late.abandonAt)
            }
        case .receiver(.forget, let transfer): lingering[ObjectIdentifier(transfer)] = nil
        case .receiver(.stop, let transfer):
            guard active[ObjectIdentifier(transfer)] != nil else { return }
            transfer.ownReason = .stopped
            end(transfer, .stopped)
            startQueued()
        case .receiver(.drain, let transfer):
            guard active[ObjectIdentifier(transfer)] != nil else { return }
            transfer.deadlines.drain(at: .now)
            note(transfer.deadlines.next.instant)
        case .receiver(.resume, let transfer):
            guard active[ObjectIdentifier(transfer)] != nil, transfer.isPaused, let handle = transfer.handle else {
                return
            }
            transfer.isPaused = false
            transfer.deadlines.resume(at: .now)
            note(transfer.deadlines.next.instant)
            // Only here is it known what the receiver does with the refused bytes: libcurl continues the transfer even
            // if it was stopped.
            if gesso_transfer_resume(handle) != 0 {
                end(transfer, transfer.ownReason ?? .other)
                startQueued()
            }
        }
    }

    private func startQueued() {
        while active.count < maxActive, let transfer = queue.popFirst() {
            if transfer.wasCancelled.load(ordering: .relaxed) {
                end(transfer, .cancelled)
            } else if !begin(transfer) {
                end(transfer, .outOfMemory)
            }
        }
    }

    private func begin(_ transfer: Transfer) -> Bool {
        guard let set, let handle = TransferSetup.handle(for: transfer) else { return false }
        transfer.handle = handle
        transfer.deadlineMoved = { [unowned self] in note($0) }
        active[ObjectIdentifier(transfer)] = transfer
        transfer.deadlines.start(at: .now)
        note(transfer.deadlines.next.instant)
        return gesso_transfer_set_add(set, handle) == 0
    }

    private func note(_ instant: ContinuousClock.Instant) { nextCheck = min(nextCheck, instant) }

    private func collectEnded() {
        guard let set else { return }
        var result = GESSO_TRANSFER_COMPLETE
        while let handle = gesso_transfer_set_next_ended(set, &result) {
            guard let context = gesso_transfer_context(handle) else { continue }
            let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            end(transfer, transfer.ownReason ?? TransferEnding.Outcome(result))
        }
        startQueued()
    }

    private func expire() {
        let now = ContinuousClock.now
        guard now >= nextCheck else { return }
        nextCheck = now + .seconds(60)
        for transfer in Array(active.values) + queue.all {
            let next = transfer.deadlines.next
            if next.instant <= now { end(transfer, .timedOut(next.kind)) } else { note(next.instant) }
        }
        abandonLate(at: now)
        startQueued()
    }

    private func waitMilliseconds() -> Int32 {
        let left = nextCheck - ContinuousClock.now
        let milliseconds =
            left.components.seconds.multipliedReportingOverflow(by: 1_000).partialValue
            + left.components.attoseconds / 1_000_000_000_000_000
        return Int32(clamping: min(max(milliseconds + 1, 0), 60_000))
    }

    /// Calls the receiver first, since destroying a handle may be slow.
    private func end(_ transfer: Transfer, _ outcome: TransferEnding.Outcome) {
        guard !transfer.hasEnded else { return }
        transfer.hasEnded = true
        let ending = transfer.ending(outcome)
        Self.notify(transfer, ending)
        if transfer.handle != nil { linger(transfer, ending) }
        if let handle = transfer.handle {
            if let set { gesso_transfer_set_remove(set, handle) }
            transfer.handle = nil
            gesso_transfer_destroy(handle)
        }
        active[ObjectIdentifier(transfer)] = nil
        queue.remove(transfer)
    }

    /// Tracks a response that the disk is still writing, so that no caller waits for a disk beyond the deadline.
    private func linger(_ transfer: Transfer, _ ending: TransferEnding) {
        guard let receiver = transfer.receiver as? OffloadedReceiver, !receiver.isFinished else { return }
        var late = Lingering(
            transfer: transfer, receiver: receiver, ending: ending, abandonAt: .now + Self.diskGrace)
        // A caller that has cancelled does not wait; others wait for everything that has arrived.
        if ending.outcome != .cancelled, ending.outcome != .shutDown {
            late.abandonAt = max(late.abandonAt, transfer.deadlines.created + transfer.deadlines.timeouts.total)
            if ending.outcome == .complete || ending.outcome == .stopped { late.ending.outcome = .timedOut(.total) }
        }
        lingering[ObjectIdentifier(transfer)] = late
        note(late.abandonAt)
    }

    /// Ends the waits for responses that the disk takes too long to write. What it writes later is kept.
    private func abandonLate(at now: ContinuousClock.Instant) {
        for (key, late) in lingering {
            if late.abandonAt > now {
                note(late.abandonAt)
            } else if late.receiver.isFinished {
                lingering[key] = nil
            } else if late.receiver.isBusy {
                late.receiver.abandon(late.ending)
                lingering[key] = nil
            } else {
                // It waits for its consumer, for which there is no limit.
                lingering[key]?.abandonAt = now + .seconds(1)
                note(now + .seconds(1))
            }
        }
    }

    /// Lets the disk write what has arrived: briefly before the callers' waits end, and longer to complete the files.
    private func finishLingering() {
        let begin = ContinuousClock.now
        while ContinuousClock.now - begin < .seconds(30) {
            let busy = lingering.values.filter { $0.receiver.isBusy }
            guard !busy.isEmpty else { break }
            if ContinuousClock.now - begin > Self.diskGrace {
                for late in busy where !late.isAbandoned {
                    lingering[ObjectIdentifier(late.transfer)]?.isAbandoned = true
                    late.receiver.abandon(late.ending)
                }
            }
            _ = gesso_transfer_set_wait(set, 5)
        }
        lingering = [:]
    }

    private func takeDown() {
        for transfer in Array(active.values) + queue.all { end(transfer, .shutDown) }
        finishLingering()
        // From here on no thread may wake the set, since it is freed below.
        mailbox.withLock { $0.set = nil }
        gesso_transfer_set_destroy(set)
        set = nil
        gesso_page_pool_trim()
        let waiters = mailbox.withLock { box in
            box.phase = .stopped
            defer { box.waiters = [] }
            return box.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
