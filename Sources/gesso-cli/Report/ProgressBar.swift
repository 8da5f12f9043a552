import Foundation
import Synchronization

/// Shows how many of several files are done on a terminal: count, bytes and the time left. Prints nothing elsewhere.
final class ProgressBar: Sendable {
    private struct State {
        var files = 0
        var bytes = 0
        var failures = 0
    }

    private let state = Mutex(State())
    private let fileCount: Int
    private let byteCount: Int
    private let start = ContinuousClock.now

    private init(files: Int, bytes: Int) { (fileCount, byteCount) = (files, bytes) }

    /// Runs `body` and shows its progress through so many files and bytes.
    static func showing<R: Sendable>(
        files: Int, bytes: Int, _ body: @Sendable (ProgressBar) async throws -> R
    ) async throws -> R {
        let bar = ProgressBar(files: files, bytes: bytes)
        guard isatty(2) == 1 else { return try await body(bar) }
        let ticker = Task { await bar.tick() }
        defer {
            ticker.cancel()
            StandardError.write("\r\u{1B}[K")
        }
        return try await body(bar)
    }

    /// One more file is done.
    func advance(bytes: Int, failed: Bool) {
        state.withLock {
            $0.files += 1
            $0.bytes += bytes
            $0.failures += failed ? 1 : 0
        }
    }

    private func tick() async {
        while (try? await Task.sleep(for: .milliseconds(200))) != nil {
            let state = state.withLock { $0 }
            let elapsed = ContinuousClock.now - start
            let text = Self.line(
                files: state.files, of: fileCount, bytes: state.bytes, of: byteCount, failures: state.failures,
                seconds: Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18)
            StandardError.write("\r\u{1B}[K\(text)")
        }
    }

    /// A bar of 20 signs, the files, the bytes, and the time left as the bytes so far tell.
    static func line(
        files: Int, of fileCount: Int, bytes: Int, of byteCount: Int, failures: Int, seconds: Double
    ) -> String {
        let share = byteCount > 0 ? Double(bytes) / Double(byteCount) : Double(files) / Double(max(fileCount, 1))
        let filled = Int(min(max(share, 0), 1) * 20)
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 20 - filled)
        var line = "[\(bar)] \(files)/\(fileCount), \(Amount.bytes(bytes)) of \(Amount.bytes(byteCount))"
        if failures > 0 { line += ", \(failures) failed" }
        guard share > 0, seconds >= 1 else { return line }
        let left = Int((seconds / share - seconds).rounded(.up))
        return line + ", \(left < 60 ? "\(left) s" : "\(left / 60) min \(left % 60) s") left"
    }
}
