#if SQLite
import Synchronization

/// Decides once whether a running job is put back into the queue or sends its requests.
final class SendDecision: Sendable {
    private enum State {
        case preparing
        case parked
        case sending
    }

    private let state = Mutex(State.preparing)

    /// Puts the job back, unless a request may have been sent.
    func park() -> Bool {
        state.withLock { state in
            if state == .preparing { state = .parked }
            return state == .parked
        }
    }

    /// Lets requests be sent. Throws `CancellationError` for a job that was put back.
    func send() throws(CancellationError) {
        let isParked = state.withLock { state in
            if state == .preparing { state = .sending }
            return state == .parked
        }
        if isParked { throw CancellationError() }
    }
}
#endif
