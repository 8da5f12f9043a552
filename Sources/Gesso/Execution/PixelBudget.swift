import GessoPixels
import Synchronization

/// Admission by bytes: work that needs pixel memory waits until the process can afford it.
///
/// Counting tasks does not bound memory, a thumbnail and a 48-megapixel edit are both one task; so each piece of work
/// reserves the bytes its plan names and returns them when it ends. Waiters are admitted in order of arrival, those of
/// tasks with a higher priority first. While the first one does not fit, smaller ones of its priority may pass it, but none
/// is passed more than ``maximumOvertakes`` times: then what becomes free is kept for it. At most 16 of a higher priority
/// go before the first of a lower one.
public final class PixelBudget: Sendable {
    /// The budget that is used unless another one is given; ``PixelPool/configure(pixelBudget:threads:)`` says its size.
    public static let shared = PixelBudget(PixelPool.Limits.resolved())

    /// Bytes admitted at a time.
    public let limit: Int
    /// How many may wait; one more is refused with `overloaded`.
    public let maximumWaiters: Int
    /// How often others may pass one that waits.
    public let maximumOvertakes: Int
    /// How long one may wait; then it is refused with `timedOut`.
    public let timeout: Duration

    private struct State {
        var queue: ReservationQueue<CheckedContinuation<Void, any Error>>
        var lastID: UInt64 = 0
        var hasTimer = false
    }

    /// A reservation in use, known to the tasks that run under it.
    private final class Reservation: Sendable {
        let budget: PixelBudget
        let bytes: Int
        let isActive = Atomic(true)

        init(_ budget: PixelBudget, _ bytes: Int) { (self.budget, self.bytes) = (budget, bytes) }
    }

    // A task that outlives the work which started it still sees that work's reservation, but as one that has ended.
    @TaskLocal private static var reservations: [Reservation] = []

    private let state: Mutex<State>
    private let misconfiguration: GessoError?

    /// A budget of `bytes`, 0 or more, with at most `maximumWaiters` waiting for at most `timeout`, which is as long as a
    /// request to the API may take.
    public convenience init(
        bytes: Int, maximumWaiters: Int = 1_024, maximumOvertakes: Int = 64, timeout: Duration = .seconds(600)
    ) {
        self.init(bytes, maximumWaiters, maximumOvertakes, timeout, nil)
    }

    private convenience init(_ limits: Result<PixelPool.Limits, GessoError>) {
        switch limits {
        case .success(let limits): self.init(bytes: limits.pixelBudget)
        case .failure(let error): self.init(0, 0, 0, .zero, error)
        }
    }

    private init(
        _ bytes: Int, _ maximumWaiters: Int, _ maximumOvertakes: Int, _ timeout: Duration,
        _ misconfiguration: GessoError?
    ) {
        let queue = ReservationQueue<CheckedContinuation<Void, any Error>>(
            limit: bytes, maximumWaiters: maximumWaiters, maximumOvertakes: maximumOvertakes)
        limit = queue.limit
        self.maximumWaiters = queue.maximumWaiters
        self.maximumOvertakes = queue.maximumOvertakes
        // A time that far away cannot overflow the clock.
        self.timeout = min(max(timeout, .zero), .seconds(100 * 365 * 86_400))
        self.misconfiguration = misconfiguration
        state = Mutex(State(queue: queue))
    }

    /// Reserves `bytes` for the time `body` takes.
    ///
    /// Throws `GessoError`: `invalidParameter` for a negative size, `limitExceeded` at once when the budget could never
    /// afford it, `overloaded` when too many wait already, `timedOut` when it waited for ``timeout``, and `cancelled` when
    /// the task is cancelled before `body` begins. `body` and the tasks it starts must not reserve from the same budget again,
    /// since two such tasks could wait for each other: that throws `nestedReservation`. Reserve once, for the whole; work that
    /// goes on by itself belongs into a detached task.
    public func withReservation<R: Sendable>(
        _ bytes: Int, _ body: @Sendable () async throws -> R
    ) async throws -> R {
        if let misconfiguration { throw misconfiguration }
        let outer = PixelBudget.reservations.filter { $0.isActive.load(ordering: .acquiring) }
        try await PixelWork.waiting { try await reserve(bytes, inside: outer.first { $0.budget === self }) }
        PixelWork.changed(reservedBytes: bytes)
        let reservation = Reservation(self, bytes)
        defer {
            reservation.isActive.store(false, ordering: .releasing)
            release(bytes)
            PixelWork.changed(reservedBytes: -bytes)
        }
        return try await PixelBudget.$reservations.withValue(outer + [reservation]) { try await body() }
    }

    private func reserve(_ bytes: Int, inside outer: Reservation?) async throws {
        if Task.isCancelled { throw cancelled }
        let level = PriorityTurns.current
        let id = try state.withLock { state -> UInt64? in
            if let rejection = state.queue.rejection(of: bytes, level: level) { throw error(rejection, bytes) }
            if let outer { throw nested(bytes, outer.bytes) }
            if state.queue.admit(bytes, level: level) { return nil }
            state.lastID += 1
            return state.lastID
        }
        guard let id else { return }
        PixelWork.changed(waiters: 1)
        defer { PixelWork.changed(waiters: -1) }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { wait(for: bytes, level, id, $0) }
        } onCancel: {
            guard let (waiter, admitted) = state.withLock({ $0.queue.remove(id) }) else { return }
            waiter.resume(throwing: cancelled)
            for waiter in admitted { waiter.resume() }
        }
    }

    private func wait(
        for bytes: Int, _ level: PriorityTurns.Level, _ id: UInt64, _ continuation: CheckedContinuation<Void, any Error>
    ) {
        let (outcome, timer) = state.withLock { state -> (Result<Void, any Error>?, ContinuousClock.Instant?) in
            // A cancellation marks the task first: either that is seen here, or the handler finds the waiter.
            if Task.isCancelled { return (.failure(cancelled), nil) }
            // Taken under the lock, so that deadlines come in the order of arrival.
            let deadline = ContinuousClock.now + timeout
            switch state.queue.request(bytes, id: id, level: level, deadline: deadline, continuation) {
            case .admitted: return (.success(()), nil)
            case .refused(let rejection): return (.failure(error(rejection, bytes)), nil)
            case .queued:
                defer { state.hasTimer = true }
                return (nil, state.hasTimer ? nil : deadline)
            }
        }
        if let outcome { continuation.resume(with: outcome) }
        if let timer { expireWaiters(from: timer) }
    }

    /// One task keeps the time of all waiters: a sleep that is cancelled would hold its memory until its time has come.
    private func expireWaiters(from deadline: ContinuousClock.Instant) {
        Task.detached { [weak self] in
            var next = deadline
            while true {
                try? await Task.sleep(until: next, clock: .continuous)
                guard let following = self?.expireWaiters() else { return }
                next = following
            }
        }
    }

    /// Ends the waits whose time has come; returns when the next one ends.
    private func expireWaiters() -> ContinuousClock.Instant? {
        let (expired, admitted, next) = state.withLock { state in
            let (expired, admitted) = state.queue.expire(at: .now)
            state.hasTimer = state.queue.nextDeadline != nil
            return (expired, admitted, state.queue.nextDeadline)
        }
        for waiter in expired { waiter.resume(throwing: timedOut) }
        for waiter in admitted { waiter.resume() }
        return next
    }

    private func release(_ bytes: Int) {
        for waiter in state.withLock({ $0.queue.release(bytes) }) { waiter.resume() }
    }

    /// Bytes reserved and waiters at this moment.
    package var load: (bytes: Int, waiters: Int) { state.withLock { ($0.queue.used, $0.queue.waiterCount) } }
}
