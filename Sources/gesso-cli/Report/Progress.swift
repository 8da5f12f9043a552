import Foundation
import Synchronization

/// Shows the current step on a terminal if it takes more than a second; prints nothing elsewhere.
final class Progress: Sendable {
    private let step = Mutex("")
    private let isTerminal = isatty(2) == 1

    /// Runs `body` and shows its current step with the elapsed seconds.
    static func showing<R: Sendable>(_ body: @Sendable (Progress) async throws -> R) async throws -> R {
        let progress = Progress()
        guard progress.isTerminal else { return try await body(progress) }
        let ticker = Task { await progress.tick() }
        defer {
            ticker.cancel()
            StandardError.write("\r\u{1B}[K")
        }
        return try await body(progress)
    }

    func say(_ text: String) { step.withLock { $0 = text } }

    private func tick() async {
        let start = ContinuousClock.now
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            let seconds = (ContinuousClock.now - start).components.seconds
            let text = step.withLock { $0 }
            StandardError.write("\r\u{1B}[K\(text.escapingControlCharacters()) … \(seconds) s")
        }
    }
}
