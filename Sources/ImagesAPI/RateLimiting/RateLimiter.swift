import Synchronization

/// What all requests of a client pass before they go out: its pace and its ledger.
final class RateLimiter: Sendable {
    private typealias Turn = CheckedContinuation<Result<Void, ImagesAPIError>, Never>

    /// Those who wait, and what wakes them.
    private struct Waiting {
        var queue: RateLimitQueue?
        var turns: [Int: Turn] = [:]
        var lastID = 0
        var alarm: Task<Void, Never>?
        var isShutDown = false
    }

    private let waiting: Locked<Waiting>
    private let ledger = Locked(ImagesClient.Spending())

    init(_ rateLimit: ImagesClient.RateLimit?) {
        waiting = Locked(Waiting(queue: rateLimit.map { RateLimitQueue(RateLimitSchedule($0, now: .now)) }))
    }

    var spending: ImagesClient.Spending { ledger.withLock { $0 } }

    /// Sets aside what a request may cost and waits for its turn.
    ///
    /// - Parameter timeout: how long it waits at most; it is refused at once when its turn would come later.
    /// - Throws: `spendingLimit`, `overloaded`, `cancelled` or `clientShutDown`, before anything is sent.
    func enter(_ price: RequestPrice, timeout: Duration) async throws(ImagesAPIError) -> Reservation {
        let ticket = Reservation(gate: self, reserved: try reserve(price))
        do throws(ImagesAPIError) {
            try await turn(price, timeout).get()
        } catch {
            ticket.settle(actual: 0)
            throw error
        }
        return ticket
    }

    private func turn(_ price: RequestPrice, _ timeout: Duration) async -> Result<Void, ImagesAPIError> {
        let id = waiting.withLock { waiting -> Int? in
            guard waiting.queue != nil else { return nil }
            waiting.lastID += 1
            return waiting.lastID
        }
        guard let id else { return .success(()) }
        let waiter = RateLimitQueue.Waiter(
            id: id, out: price.images, input: price.inputImages, deadline: .now + max(timeout, .zero))
        return await withTaskCancellationHandler {
            await withCheckedContinuation { turn in
                let refusal = waiting.withLock { waiting -> ImagesAPIError? in
                    // Looked at under the lock: whoever is cancelled after this finds the waiter in the queue.
                    if Task.isCancelled { return Self.cancelled }
                    if waiting.isShutDown { return Self.shutDown }
                    waiting.turns[id] = turn
                    waiting.queue?.join(waiter)
                    return nil
                }
                if let refusal { turn.resume(returning: .failure(refusal)) } else { advance() }
            }
        } onCancel: {
            let turn = waiting.withLock { waiting in
                waiting.queue?.leave(id) == true ? waiting.turns.removeValue(forKey: id) : nil
            }
            turn?.resume(returning: .failure(Self.cancelled))
            advance()
        }
    }

    /// Lets in whose turn it is and sets the alarm for the next.
    private func advance() {
        let (admitted, refused) = waiting.withLock { waiting -> ([Turn], [Turn]) in
            guard let step = waiting.queue?.advance(now: .now) else { return ([], []) }
            waiting.alarm?.cancel()
            waiting.alarm = step.next.map { next in
                Task { [weak self] in
                    do { try await Task.sleep(until: next, clock: .continuous) } catch { return }
                    self?.advance()
                }
            }
            return (
                step.admitted.compactMap { waiting.turns.removeValue(forKey: $0) },
                step.refused.compactMap { waiting.turns.removeValue(forKey: $0) }
            )
        }
        for turn in admitted { turn.resume(returning: .success(())) }
        for turn in refused { turn.resume(returning: .failure(Self.tooLate)) }
    }

    /// Sends everybody away who waits, now and from now on.
    func shutDown() {
        let turns = waiting.withLock { waiting in
            waiting.isShutDown = true
            waiting.alarm?.cancel()
            waiting.alarm = nil
            return (waiting.queue?.close() ?? []).compactMap { waiting.turns.removeValue(forKey: $0) }
        }
        for turn in turns { turn.resume(returning: .failure(Self.shutDown)) }
    }

    private static let cancelled = ImagesAPIError(
        .cancelled, "The request was cancelled while waiting for its turn; nothing was sent.")
    private static let shutDown = ImagesAPIError(
        .clientShutDown, "The client was shut down while the request waited for its turn; nothing was sent.")
    private static let tooLate = ImagesAPIError(
        .overloaded,
        "The request's turn would come later than timeouts.total allows; send fewer, or raise the rateLimit. Nothing was sent."
    )

    private func reserve(_ price: RequestPrice) throws(ImagesAPIError) -> Double {
        guard let limit = price.limit else { return 0 }
        guard let dollars = price.dollars ?? limit.assumedDollars else {
            throw ImagesAPIError(
                .spendingLimit,
                "What this request costs is not published, and the spending limit assumes nothing for such requests; set assumedDollars. Nothing was sent."
            )
        }
        guard ledger.withLock({ $0.reserve(dollars, limit: limit.dollars) }) else {
            let spent = ledger.withLock { $0.dollars + $0.reserved }
            throw ImagesAPIError(
                .spendingLimit,
                "This request may cost \(dollars) dollars; \(spent) of \(limit.dollars) are spent or set aside. Nothing was sent.",
                facts: ["found": "\(dollars)", "spent": "\(spent)", "allowed": "\(limit.dollars)"])
        }
        return dollars
    }

    func succeeded() {
        waiting.withLock { $0.queue?.succeeded() }
        advance()
    }

    /// Takes what a failure teaches about the pace; an account without money would not be faster for waiting.
    func failed(_ error: ImagesAPIError) {
        guard error.status == 429, error.code != .quotaExceeded else { return }
        waiting.withLock { $0.queue?.throttled(retryAfter: error.retryAfter, now: .now) }
        advance()
    }

    /// Money set aside for one request; what is never settled counts as spent.
    final class Reservation: Sendable {
        private let gate: RateLimiter
        private let reserved: Double
        private let isSettled = Atomic(false)

        init(gate: RateLimiter, reserved: Double) {
            self.gate = gate
            self.reserved = reserved
        }

        deinit { settle(actual: nil) }

        /// - Parameter actual: US dollars, or nil when nobody knows, which counts as what was set aside.
        func settle(actual: Double?) {
            guard !isSettled.exchange(true, ordering: .relaxed) else { return }
            gate.ledger.withLock { $0.settle(reserved: reserved, actual: actual ?? reserved) }
        }

        /// - Parameter dollars: what is known of the cost, where more may come.
        func settle(atLeast dollars: Double) { settle(actual: max(dollars, reserved)) }

        /// - Parameter dollars: what is known of the cost, if it may have been billed.
        func settle(_ error: ImagesAPIError, atLeast dollars: Double = 0) {
            gate.failed(error)
            if error.mayHaveBeenBilled { settle(atLeast: dollars) } else { settle(actual: 0) }
        }
    }
}

/// What the gate needs to know of a request.
struct RequestPrice: Sendable {
    var images: Int
    var inputImages: Int
    /// The most bytes that the response is expected to have.
    var responseBytes = 0
    /// The most it may cost in US dollars, or nil when that is not known.
    var dollars: Double?
    var limit: ImagesClient.SpendingLimit?
}
