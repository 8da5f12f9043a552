import Synchronization

/// What the stand-in remembers of its requests.
final class RequestLog: Sendable {
    private struct State {
        var count = 0
        var kept: [CapturedRequest] = []
    }

    private let isKept: Bool
    private let state = Mutex(State())

    init(isKept: Bool) { self.isKept = isKept }

    var requests: [CapturedRequest] { state.withLock { $0.kept } }
    var count: Int { state.withLock { $0.count } }

    /// Notes a request whose head has been read; the number is for what follows.
    func begin(_ head: RequestHead) -> Int {
        state.withLock { state in
            state.count += 1
            guard isKept else { return -1 }
            state.kept.append(
                CapturedRequest(method: head.method, path: head.path, query: head.query, headers: head.headers))
            return state.kept.count - 1
        }
    }

    func update(_ entry: Int, _ received: Received, status: Int) {
        guard entry >= 0 else { return }
        let parts = received.parts.map {
            CapturedRequest.Part(name: $0.name, filename: $0.filename, contentType: $0.contentType, data: $0.data)
        }
        state.withLock { state in
            state.kept[entry].parts = parts
            state.kept[entry].body = received.body
            state.kept[entry].status = status
        }
    }

    func end(_ entry: Int, _ outcome: CapturedRequest.Outcome) {
        guard entry >= 0 else { return }
        state.withLock { state in
            state.kept[entry].outcome = outcome
            state.kept[entry].ended = .now
        }
    }
}
