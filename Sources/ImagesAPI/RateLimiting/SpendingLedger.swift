import Synchronization

/// What a request may cost, and how many images it counts as.
struct RequestPrice: Sendable {
    var images: Int
    var inputImages: Int
    /// The most bytes that the response is expected to have.
    var responseBytes = 0
    /// The most it may cost in US dollars, or nil when that is not known.
    var dollars: Double?
    /// The client's spending limit, and what counts for an unknown price.
    var limit: Double?
    var assumed: Double?
}

/// Adds up what the requests of a client cost, and reserves what those in progress may cost.
final class SpendingLedger: Sendable {
    private let state = Locked((dollars: 0.0, reserved: 0.0))

    var spending: (dollars: Double, reserved: Double) { state.withLock { $0 } }

    /// Reserves the price of a request.
    ///
    /// - Throws: `spendingLimit` when the limit would be exceeded, or the price is not known and none is assumed.
    func reserve(_ price: RequestPrice) throws(ImagesAPIError) -> Reservation {
        guard let limit = price.limit else { return Reservation(of: 0, in: self) }
        guard let dollars = price.dollars ?? price.assumed else {
            throw ImagesAPIError(
                .spendingLimit,
                "The price of this request is not published, and the spending limit assumes none for such requests; set assumedPrice. Nothing was sent."
            )
        }
        let refusedAt = state.withLock { state -> Double? in
            let sum = state.dollars + state.reserved
            guard sum + dollars <= limit else { return sum }
            state.reserved += dollars
            return nil
        }
        if let spent = refusedAt {
            throw ImagesAPIError(
                .spendingLimit,
                "This request may cost \(dollars) dollars; \(spent) of \(limit) are spent or reserved. Raise spendingLimit to allow it. Nothing was sent.",
                facts: ["found": "\(dollars)", "spent": "\(spent)", "allowed": "\(limit)"])
        }
        return Reservation(of: dollars, in: self)
    }

    /// Money reserved for one request; a reservation that is never recorded counts as spent.
    final class Reservation: Sendable {
        private let ledger: SpendingLedger
        private let reserved: Double
        private let isRecorded = Atomic(false)

        fileprivate init(of dollars: Double, in ledger: SpendingLedger) {
            self.ledger = ledger
            reserved = dollars
        }

        deinit { record(dollars: nil) }

        /// Replaces the reservation by the cost; later calls change nothing.
        ///
        /// - Parameter dollars: US dollars, or nil when the cost is not known, which counts as what was reserved.
        func record(dollars: Double?) {
            guard !isRecorded.exchange(true, ordering: .relaxed) else { return }
            ledger.state.withLock { state in
                state.reserved = max(state.reserved - reserved, 0)
                state.dollars += dollars ?? reserved
            }
        }

        /// - Parameter dollars: the known part of the cost, where more may come.
        func record(atLeast dollars: Double) { record(dollars: max(dollars, reserved)) }

        /// Records a failed request: what the server says that it charged; else nothing, unless it may have been billed.
        ///
        /// - Parameter dollars: the known part of the cost.
        func record(_ error: ImagesAPIError, atLeast dollars: Double = 0) {
            if let reported = error.reportedCost {
                record(dollars: max(dollars, reported))
            } else if error.mayHaveBeenBilled {
                record(atLeast: dollars)
            } else {
                record(dollars: 0)
            }
        }
    }
}
