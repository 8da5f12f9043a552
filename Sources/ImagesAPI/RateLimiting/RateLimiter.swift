/// Limits the requests of a client: images per minute, and money spent.
final class RateLimiter: Sendable {
    private typealias Continuation = CheckedContinuation<Result<Void, ImagesAPIError>, Never>

    /// The requests that wait, and the timer for the next of them.
    private struct State {
        var queue: RateLimitQueue?
        var continuations: [Int: Continuation] = [:]
        var lastID = 0
        var timer: Task<Void, Never>?
        var isShutDown = false
    }

    private let state: Locked<State>
    private let ledger = SpendingLedger()

    init(_ configuration: ImagesClient.Configuration) {
        let (images, inputs) = (configuration.imagesPerMinute, configuration.inputImagesPerMinute)
        guard images != nil || inputs != nil else {
            state = Locked(State())
            return
        }
        let schedule = RateLimitSchedule(imagesPerMinute: images, inputImagesPerMinute: inputs, now: .now)
        state = Locked(State(queue: RateLimitQueue(schedule)))
    }

    var spending: (dollars: Double, reserved: Double) { ledger.spending }

    /// Reserves what a request may cost and waits until it may be sent.
    ///
    /// - Parameter timeout: the longest wait; a request that would have to wait longer is refused at once.
    /// - Throws: `spendingLimit`, `overloaded`, `cancelled` or `clientShutDown`, before anything is sent.
    func enter(_ price: RequestPrice, timeout: Duration) async throws(ImagesAPIError) -> SpendingLedger.Reservation {
        let reservation = try ledger.reserve(price)
        do throws(ImagesAPIError) {
            try await wait(price, timeout).get()
        } catch {
            reservation.record(dollars: 0)
            throw error
        }
        return reservation
    }

    private func wait(_ price: RequestPrice, _ timeout: Duration) async -> Result<Void, ImagesAPIError> {
        let id = state.withLock { state -> Int? in
            guard state.queue != nil else { return nil }
            state.lastID += 1
            return state.lastID
        }
        guard let id else { return .success(()) }
        let waiter = RateLimitQueue.Waiter(
            id: id, images: price.images, inputImages: price.inputImages, deadline: .now + max(timeout, .zero))
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let failure = state.withLock { state -> ImagesAPIError? in
                    // Checked under the lock: a cancellation after this finds the waiter in the queue.
                    if Task.isCancelled { return Self.cancelled }
                    if state.isShutDown { return Self.shutDown }
                    state.continuations[id] = continuation
                    state.queue?.join(waiter)
                    return nil
                }
                if let failure { continuation.resume(returning: .failure(failure)) } else { advance() }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                state.queue?.leave(id) == true ? state.continuations.removeValue(forKey: id) : nil
            }
            continuation?.resume(returning: .failure(Self.cancelled))
            advance()
        }
    }

    /// Admits the requests that may be sent now and sets the timer for the next.
    private func advance() {
        let (admitted, refused) = state.withLock { state -> ([Continuation], [Continuation]) in
            guard let step = state.queue?.advance(now: .now) else { return ([], []) }
            state.timer?.cancel()
            state.timer = step.next.map { next in
                Task { [weak self] in
                    do { try await Task.sleep(until: next, clock: .continuous) } catch { return }
                    self?.advance()
                }
            }
            return (
                step.admitted.compactMap { state.continuations.removeValue(forKey: $0) },
                step.refused.compactMap { state.continuations.removeValue(forKey: $0) }
            )
        }
        for continuation in admitted { continuation.resume(returning: .success(())) }
        for continuation in refused { continuation.resume(returning: .failure(Self.tooLate)) }
    }

    /// Refuses every request that waits, and all that come later.
    func shutDown() {
        let continuations = state.withLock { state in
            state.isShutDown = true
            state.timer?.cancel()
            state.timer = nil
            return (state.queue?.close() ?? []).compactMap { state.continuations.removeValue(forKey: $0) }
        }
        for continuation in continuations { continuation.resume(returning: .failure(Self.shutDown)) }
    }

    /// A request has succeeded: the rate may rise again.
    func succeeded() {
        state.withLock { $0.queue?.succeeded() }
        advance()
    }

    /// A request has failed: records what it may have cost, and lowers the rate after a 429.
    ///
    /// - Parameter dollars: the known part of the cost.
    func failed(
        _ error: ImagesAPIError, _ reservation: SpendingLedger.Reservation, atLeast dollars: Double = 0
    ) {
        reservation.record(error, atLeast: dollars)
        // An exhausted quota is not a matter of speed.
        guard error.status == 429, error.code != .quotaExceeded else { return }
        state.withLock { $0.queue?.throttled(retryAfter: error.retryAfter, now: .now) }
        advance()
    }

    private static let cancelled = ImagesAPIError(
        .cancelled, "The request was cancelled while it waited in the rate limiter's queue; nothing was sent.")
    private static let shutDown = ImagesAPIError(
        .clientShutDown,
        "The client was shut down while the request waited in the rate limiter's queue; nothing was sent.")
    private static let tooLate = ImagesAPIError(
        .overloaded,
        "The rate limit would hold the request back longer than timeouts.total allows; send fewer requests, or raise imagesPerMinute. Nothing was sent."
    )
}
