#if SQLite
import Synchronization

/// Adds up what the requests of a job have sent.
final class UploadProgress: Sendable {
    private let requests: Int
    private let post: @Sendable (EditQueue.Event.Kind) -> Void
    private struct State {
        /// By the index of the request.
        var counts: [Int: (sent: Int, total: Int)] = [:]
        var sent = -1
    }

    private let state = Mutex(State())

    /// - Parameter requests: how many are sent.
    init(requests: Int, _ post: @escaping @Sendable (EditQueue.Event.Kind) -> Void) {
        self.requests = requests
        self.post = post
    }

    /// Called on the transport's thread, anew from 0 for another attempt.
    func report(_ sent: Int, _ total: Int, request: Int) {
        // Posted under the lock, so that the counts come in order.
        state.withLock { state in
            state.counts[request] = (sent, total)
            let sum = state.counts.values.reduce((sent: 0, total: 0)) { ($0.sent + $1.sent, $0.total + $1.total) }
            guard sum.sent != state.sent else { return }
            state.sent = sum.sent
            post(.uploading(sent: sum.sent, total: sum.total))
            if state.counts.count == requests, sum.sent == sum.total { post(.waiting) }
        }
    }
}
#endif
