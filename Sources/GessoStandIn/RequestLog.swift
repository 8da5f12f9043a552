import Synchronization

/// What the stand-in remembers of its requests.
final class RequestLog: Sendable {
    private struct State {
        var count = 0
        var kept: [CapturedRequest] = []
    }

    private let isKept: Bool
    private let onUnmet: (@Sendable (String) -> Void)?
    private let state = Mutex(State())

    init(isKept: Bool, onUnmet: (@Sendable (String) -> Void)?) {
        self.isKept = isKept
        self.onUnmet = onUnmet
    }

    var requests: [CapturedRequest] { state.withLock { $0.kept } }
    var count: Int { state.withLock { $0.count } }

    /// Notes a request whose head has been read; the number, from 1, is for what follows.
    func begin(_ head: RequestHead) -> Int {
        state.withLock { state in
            state.count += 1
            if isKept {
                state.kept.append(
                    CapturedRequest(method: head.method, path: head.path, query: head.query, headers: head.headers))
            }
            return state.count
        }
    }

    func update(_ number: Int, _ received: Received, status: Int) {
        guard isKept else { return }
        let parts = received.parts.map {
            CapturedRequest.Part(name: $0.name, filename: $0.filename, contentType: $0.contentType, data: $0.data)
        }
        state.withLock { state in
            state.kept[number - 1].parts = parts
            state.kept[number - 1].body = received.body
            state.kept[number - 1].status = status
        }
    }

    func end(_ number: Int, _ outcome: CapturedRequest.Outcome, unmet: [String]) {
        for sentence in unmet { onUnmet?("request \(number): \(sentence)") }
        guard isKept else { return }
        state.withLock { state in
            state.kept[number - 1].unmet = unmet
            state.kept[number - 1].outcome = outcome
            state.kept[number - 1].ended = .now
        }
    }
}
