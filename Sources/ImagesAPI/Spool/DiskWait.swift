/// One wait for the disk, which ends once: with the work's result, the task's cancellation or the timeout.
final class DiskWait<Success: Sendable>: Sendable {
    private enum State {
        case new
        case waiting(CheckedContinuation<Success, any Error>)
        /// The cancellation came before the wait began.
        case early(Result<Success, any Error>)
        case over
    }

    private let state = Locked(State.new)

    /// Whether the wait has ended.
    var isOver: Bool {
        state.withLock { state in
            switch state {
            case .new, .waiting: false
            case .early, .over: true
            }
        }
    }

    func begin(_ continuation: CheckedContinuation<Success, any Error>) {
        let early = state.withLock { state -> Result<Success, any Error>? in
            if case .early(let result) = state {
                state = .over
                return result
            }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(with: early) }
    }

    /// Ends the wait with `result`; returns whether it had not ended before.
    func finish(_ result: Result<Success, any Error>) -> Bool {
        let (continuation, isFirst) = state.withLock { state -> (CheckedContinuation<Success, any Error>?, Bool) in
            switch state {
            case .new:
                state = .early(result)
                return (nil, true)
            case .waiting(let continuation):
                state = .over
                return (continuation, true)
            case .early, .over: return (nil, false)
            }
        }
        continuation?.resume(with: result)
        return isFirst
    }
}
