#if SQLite
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Locks that distinguish a live owner from one that crashed: byte N of a file for the claim with the number N.
///
/// The system releases them with the process. They belong to the open file and not to the process (F_OFD_SETLK), so two
/// journals in one process exclude each other too.
final class ClaimLocks: Sendable {
    /// Held while a database is opened; claims count from 1.
    static let opening: Int64 = 0
    /// Held by the queue that runs the jobs of a database.
    static let queue: Int64 = .max - 1

    private let descriptor: Int32
    /// Locks of this file never conflict with each other.
    private let held = Mutex<Set<Int64>>([])

    /// Nil if the file cannot be opened; `errno` says why.
    init?(_ path: String) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return nil }
    }

    deinit { if descriptor >= 0 { closeDescriptor(descriptor) } }

    /// Takes a lock until it is released or nothing refers to it; nil if it is held. With `waits`, waits for other
    /// processes.
    func take(_ number: Int64, waits: Bool = false) -> Lock? {
        guard held.withLock({ $0.insert(number).inserted }) else { return nil }
        while control(waits ? Self.setAndWait : Self.set, F_WRLCK, number) == nil {
            if errno == EINTR { continue }
            held.withLock { _ = $0.remove(number) }
            return nil
        }
        return Lock(self, number)
    }

    /// Whether a live owner holds the lock.
    func isHeld(_ number: Int64) -> Bool {
        if held.withLock({ $0.contains(number) }) { return true }
        return control(Self.get, F_WRLCK, number).map { $0.l_type != Int16(F_UNLCK) } ?? false
    }

    fileprivate func release(_ number: Int64) {
        held.withLock { held in
            // Before the number can be taken again, for the system would release that lock too.
            _ = control(Self.set, F_UNLCK, number)
            held.remove(number)
        }
    }

    private func control(_ command: Int32, _ kind: some BinaryInteger, _ number: Int64) -> flock? {
        var range = flock()
        range.l_type = Int16(kind)
        range.l_whence = Int16(SEEK_SET)
        range.l_start = off_t(number)
        range.l_len = 1
        return fcntl(descriptor, command, &range) == 0 ? range : nil
    }

    // Swift does not import these (fcntl.h).
    #if canImport(Darwin)
    private static let (set, setAndWait, get): (Int32, Int32, Int32) = (90, 91, 92)
    #else
    private static let (get, set, setAndWait): (Int32, Int32, Int32) = (36, 37, 38)
    #endif

    /// One lock, released once.
    final class Lock: Sendable {
        private let locks: ClaimLocks
        private let number: Int64
        private let isReleased = Atomic(false)

        fileprivate init(_ locks: ClaimLocks, _ number: Int64) {
            self.locks = locks
            self.number = number
        }

        func release() {
            guard !isReleased.exchange(true, ordering: .relaxed) else { return }
            locks.release(number)
        }

        deinit { release() }
    }
}

// Within the type the name could refer to a method.
private func closeDescriptor(_ number: Int32) { _ = close(number) }
#endif
