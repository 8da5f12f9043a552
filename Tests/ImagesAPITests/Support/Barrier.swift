import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Blocks threads until it is opened, like a disk that does not respond.
final class Barrier: Sendable {
    private let isOpen = Atomic(false)
    private let waiting = Atomic(0)

    /// Threads that have reached the barrier.
    var arrivals: Int { waiting.load(ordering: .acquiring) }

    func open() { isOpen.store(true, ordering: .releasing) }

    func wait() {
        waiting.add(1, ordering: .acquiringAndReleasing)
        while !isOpen.load(ordering: .acquiring) { usleep(500) }
    }
}
