import Synchronization

/// What all requests of a client pass before they go out: its pace and its purse.
final class Gate: Sendable {
    private let pace: Locked<PaceMachine?>
    private let purse = Locked(Spending())

    init(_ pacing: Pacing?) { pace = Locked(pacing.map { PaceMachine($0, now: .now) }) }

    var spending: Spending { purse.withLock { $0 } }

    /// Sets aside what a request may cost and waits for its turn.
    ///
    /// - Throws: `spendingLimit` before anything is sent, `cancelled`.
    func enter(_ price: RequestPrice) async throws(ImagesAPIError) -> Ticket {
        let ticket = Ticket(gate: self, reserved: try reserve(price))
        let start = pace.withLock { $0?.reserve(out: price.images, in: price.inputImages, now: .now) }
        guard let start else { return ticket }
        do {
            if start > .now { try await Task.sleep(until: start, clock: .continuous) }
        } catch {
            ticket.settle(actual: 0)
            throw ImagesAPIError(.cancelled, "The request was cancelled while waiting for its turn; nothing was sent.")
        }
        return ticket
    }

    private func reserve(_ price: RequestPrice) throws(ImagesAPIError) -> Double {
        guard let limit = price.limit else { return 0 }
        guard let dollars = price.dollars ?? limit.assumedDollars else {
            throw ImagesAPIError(
                .spendingLimit,
                "What this request costs is not published, and the spending limit assumes nothing for such requests; set assumedDollars. Nothing was sent."
            )
        }
        guard purse.withLock({ $0.reserve(dollars, limit: limit.dollars) }) else {
            let spent = purse.withLock { $0.dollars + $0.reserved }
            throw ImagesAPIError(
                .spendingLimit,
                "This request may cost \(dollars) dollars; \(spent) of \(limit.dollars) are spent or set aside. Nothing was sent.",
                facts: ["found": "\(dollars)", "spent": "\(spent)", "allowed": "\(limit.dollars)"])
        }
        return dollars
    }

    func succeeded() { pace.withLock { $0?.succeeded() } }

    /// Takes what a failure teaches about the pace.
    func failed(_ error: ImagesAPIError) {
        guard error.status == 429 else { return }
        pace.withLock { $0?.throttled(retryAfter: error.retryAfter, now: .now) }
    }

    /// Money set aside for one request; what is never settled counts as spent.
    final class Ticket: Sendable {
        private let gate: Gate
        private let reserved: Double
        private let isSettled = Atomic(false)

        init(gate: Gate, reserved: Double) {
            self.gate = gate
            self.reserved = reserved
        }

        deinit { settle(actual: nil) }

        /// - Parameter actual: US dollars, or nil when nobody knows, which counts as what was set aside.
        func settle(actual: Double?) {
            guard !isSettled.exchange(true, ordering: .relaxed) else { return }
            gate.purse.withLock { $0.settle(reserved: reserved, actual: actual ?? reserved) }
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
    /// The most it may cost in US dollars, or nil when that is not known.
    var dollars: Double?
    var limit: SpendingLimit?
}
