import GessoPixels

extension PixelBudget {
    typealias Rejection = ReservationQueue<CheckedContinuation<Void, any Error>>.Rejection

    func error(_ rejection: Rejection, _ bytes: Int) -> GessoError {
        switch rejection {
        case .negative:
            GessoError(
                .invalidParameter, stage: "budget",
                "A reservation must be 0 bytes or more; got \(bytes). A sum that overflowed looks like that.",
                facts: ["found": "\(bytes)"])
        case .exceedsLimit:
            GessoError(
                .limitExceeded, stage: "budget",
                "This work needs \(bytes) bytes of pixels and the whole budget is \(limit); raise the budget "
                    + "(GESSO_PIXEL_BUDGET, or --pixel-budget) or ask for a smaller image.",
                facts: ["found": "\(bytes)", "allowed": "\(limit)"])
        case .tooManyWaiters:
            GessoError(
                .overloaded, stage: "budget",
                "\(maximumWaiters) pieces of work already wait for pixel memory; retry later or shed load.",
                facts: ["allowed": "\(maximumWaiters)"])
        }
    }

    func nested(_ bytes: Int, _ held: Int) -> GessoError {
        GessoError(
            .nestedReservation, stage: "budget",
            "This task holds a reservation of \(held) bytes from the same pixel budget and asks for \(bytes) more. Two such "
                + "tasks could wait for each other for ever: reserve once for the whole, or end the first reservation.",
            facts: ["held": "\(held)", "found": "\(bytes)"])
    }

    var cancelled: GessoError {
        GessoError(.cancelled, stage: "budget", "The task was cancelled before it got its pixel memory.")
    }

    var timedOut: GessoError {
        GessoError(
            .timedOut, stage: "budget",
            "No pixel memory became free within \(timeout.components.seconds) s; shed load, raise the budget "
                + "(GESSO_PIXEL_BUDGET, or --pixel-budget) or allow a longer wait (PixelBudget.timeout).",
            facts: ["allowed": "\(timeout.components.seconds)"])
    }
}
