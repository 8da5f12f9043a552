import Synchronization

/// Counts the requests, and keeps them if the server captures.
final class RequestLog: Sendable {
    private struct State {
        var count = 0
        var requests: [CapturedRequest] = []
    }

    private let isCapturing: Bool
    private let onUnappliedFault: (@Sendable (String) -> Void)?
    private let state = Mutex(State())

    init(isCapturing: Bool, onUnappliedFault: (@Sendable (String) -> Void)?) {
        self.isCapturing = isCapturing
        self.onUnappliedFault = onUnappliedFault
    }

    var requests: [CapturedRequest] { state.withLock { $0.requests } }
    var count: Int { state.withLock { $0.count } }

    /// Adds a request whose head was read. Returns its number, from 1, for the later calls.
    func begin(_ head: RequestHead) -> Int {
        state.withLock { state in
            state.count += 1
            if isCapturing {
                state.requests.append(
                    CapturedRequest(method: head.method, path: head.path, query: head.query, headers: head.headers))
            }
            return state.count
        }
    }

    func update(_ number: Int, _ bodyReader: RequestBodyReader, status: Int) {
        guard isCapturing else { return }
        let parts = bodyReader.parts.map {
            CapturedRequest.Part(name: $0.name, filename: $0.filename, contentType: $0.contentType, data: $0.data)
        }
        state.withLock { state in
            state.requests[number - 1].parts = parts
            state.requests[number - 1].body = bodyReader.body
            state.requests[number - 1].status = status
        }
    }

    func end(_ number: Int, _ outcome: CapturedRequest.Outcome, unappliedFaults: [String]) {
        for sentence in unappliedFaults { onUnappliedFault?("request \(number): \(sentence)") }
        guard isCapturing else { return }
        state.withLock { state in
            state.requests[number - 1].unappliedFaults = unappliedFaults
            state.requests[number - 1].outcome = outcome
            state.requests[number - 1].ended = .now
        }
    }
}
