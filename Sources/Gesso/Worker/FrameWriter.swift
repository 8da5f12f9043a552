import GessoPixels
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes frames one after the other on a thread of its own, which waits while nobody reads them.
final class FrameWriter: Sendable {
    private let descriptor: Int32
    private let thread = PixelPool(threadCount: 1)
    private let firstFailure = Mutex<GessoError?>(nil)

    /// The caller closes the descriptor, after all frames.
    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Why frames cannot be written anymore.
    var failure: GessoError? { firstFailure.withLock { $0 } }

    /// Writes a frame as a whole, in the order of the calls. After a failure nothing more is written: a part of a frame
    /// may be.
    func write(_ pieces: [Data]) async throws {
        try await thread.run {
            if let failure { throw failure }
            do throws(GessoError) {
                for piece in pieces { try writeAll(piece) }
            } catch {
                firstFailure.withLock { $0 = error }
                throw error
            }
        }
    }

    private func writeAll(_ data: Data) throws(GessoError) {
        guard let number = writeWhole(data, to: descriptor).errorNumber else { return }
        throw GessoError(
            .fileNotWritable, stage: "write", "The results cannot be written: \(String(cString: strerror(number))).",
            facts: ["errno": "\(number)"])
    }
}
