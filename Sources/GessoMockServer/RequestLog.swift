import Synchronization

/// What the mock server remembers of its requests.
final class RequestLog: Sendable {
    private struct State {
        var count = 0
        var kept: [CapturedRequest] = []
    }

    private let isKept: Bool
    private let onUnappliedFault: (@Sendable (String) -> Void)?
    private let state = Mutex(State())

    init(isKept: Bool, onUnappliedFault: (@Sendable (String) -> Void)?) {
        self.isKept = isKept
        self.onUnappliedFault = onUnappliedFault
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

    func update(_ number: Int, _ bodyReader: RequestBodyReader, status: Int) {
        guard isKept else { return }
        let parts = bodyReader.parts.map {
            CapturedRequest.Part(name: $0.name, filename: $0.filename, contentType: $0.contentType, data: $0.data)
        }
        state.withLock { state in
            state.kept[number - 1].parts = parts
            state.kept[number - 1].body = bodyReader.body
            state.kept[number - 1].status = status
        }
    }

    func end(_ number: Int, _ outcome: CapturedRequest.Outcome, unappliedFaults: [String]) {
        for sentence in unappliedFaults { onUnappliedFault?("request \(number): \(sentence)") }
        guard isKept else { return }
        state.withLock { state in
            state.kept[number - 1].unappliedFaults = unappliedFaults
            state.kept[number - 1].outcome = outcome
            state.kept[number - 1].ended = .now
        }
    }
}
