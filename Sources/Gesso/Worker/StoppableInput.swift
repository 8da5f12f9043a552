package import GessoPixels
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

// Within the type the name is its own method.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    read(descriptor, buffer.baseAddress, buffer.count)
}

/// The bytes of a descriptor, until their end or until somebody stops the reading from another thread.
package final class StoppableInput: Sendable {
    private let descriptor: Int32
    /// A byte in this pipe ends a wait.
    private let wake: (read: Int32, write: Int32)
    private let stopped = Atomic(false)

    package init(_ descriptor: Int32) throws(GessoError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw GessoError(
                .fileNotReadable, stage: "read",
                "The system gives no pipe (\(String(cString: strerror(errno)))); raise the limit on open files (ulimit -n).",
                facts: ["errno": "\(errno)"])
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        self.descriptor = descriptor
        wake = (ends[0], ends[1])
    }

    deinit {
        close(wake.read)
        close(wake.write)
    }

    var isStopped: Bool { stopped.load(ordering: .acquiring) }

    /// Ends the reading, also one that waits at this moment.
    package func stop() {
        guard !stopped.exchange(true, ordering: .acquiringAndReleasing) else { return }
        var byte: UInt8 = 0
        _ = write(wake.write, &byte, 1)
    }

    /// Waits for bytes and reads what there is; 0 at the end, and when the reading was stopped.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Result<Int, GessoError> {
        while !isStopped {
            var descriptors = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wake.read, events: Int16(POLLIN), revents: 0),
            ]
            if poll(&descriptors, 2, -1) < 0 {
                if errno == EINTR { continue }
                return .failure(failure(errno))
            }
            if isStopped { return .success(0) }
            let count = systemRead(descriptor, buffer)
            if count >= 0 { return .success(count) }
            if errno != EINTR, errno != EAGAIN { return .failure(failure(errno)) }
        }
        return .success(0)
    }

    private func failure(_ number: Int32) -> GessoError {
        GessoError(
            .fileNotReadable, stage: "read", "The jobs cannot be read: \(String(cString: strerror(number))).",
            facts: ["errno": "\(number)"])
    }
}
