import GessoPixels
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Reads a worker's jobs on a thread of its own, which may wait for them as long as it takes.
final class JobReader: Sendable {
    /// Whether a line is one of this worker's; its number counts from 0, and a line that is too long is nil.
    typealias Selection = @Sendable (_ number: Int, _ line: Data?) -> Bool

    private struct State {
        var frames: FrameReader
        var number = 0
    }

    private let input: StoppableInput
    private let selection: Selection
    private let state: Mutex<State>
    private let thread = PixelPool(threadCount: 1)

    init(_ input: StoppableInput, lineLimit: Int, selecting selection: @escaping Selection = { _, _ in true }) {
        self.input = input
        self.selection = selection
        state = Mutex(State(frames: FrameReader(lineLimit: lineLimit) { input.read(into: $0) }))
    }

    /// The next line that is not blank; nil at the end, and when the input was stopped.
    func line() async throws -> Data? {
        try await thread.run { () throws(GessoError) in
            try state.withLock { state throws(GessoError) in
                while !input.isStopped {
                    let number = state.number
                    do throws(GessoError) {
                        guard let line = try state.frames.line(), !input.isStopped else { return nil }
                        state.number += 1
                        if line.contains(where: { $0 > 0x20 }), selection(number, line) { return line }
                    } catch {
                        state.number += 1
                        if error.code != .limitExceeded || selection(number, nil) { throw error }
                    }
                }
                return nil
            }
        }
    }

    /// The body behind a line.
    func body(_ count: Int) async throws -> Data {
        guard count > 0 else { return Data() }
        return try await thread.run { try state.withLock { try $0.frames.body(count) } }
    }

    /// Passes over the body behind a line.
    func skip(_ count: Int) async throws {
        guard count > 0 else { return }
        try await thread.run { try state.withLock { try $0.frames.skip(count) } }
    }
}
