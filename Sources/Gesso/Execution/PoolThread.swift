#if os(Linux)
import CProcess
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Makes the threads of a pool.
enum PoolThread {
    /// Runs a body on a new thread; returns 0, or the code of the error (errno.h) without running it.
    typealias Start = @Sendable (_ body: @escaping @Sendable () -> Void) -> Int32

    /// glibc's default is 8 MiB, which a limit on address space counts in full; the codecs stay below 256 KiB.
    static let stackBytes = 2 << 20

    /// Starts a detached thread that leaves the host's signals to the host's threads.
    @Sendable static func start(_ body: @escaping @Sendable () -> Void) -> Int32 {
        var attributes = pthread_attr_t()
        let failure = pthread_attr_init(&attributes)
        guard failure == 0 else { return failure }
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, stackBytes)
        var (before, blocked) = (sigset_t(), sigset_t())
        sigfillset(&blocked)
        // Those that a thread raises itself must reach whoever reports crashes.
        for signal in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT] { sigdelset(&blocked, signal) }
        pthread_sigmask(SIG_SETMASK, &blocked, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let box = Unmanaged.passRetained(Body(body))
        #if canImport(Darwin)
        var thread: pthread_t?
        #else
        var thread = pthread_t()
        #endif
        let code = pthread_create(&thread, &attributes, { PoolThread.main($0) }, box.toOpaque())
        if code != 0 { box.release() }
        return code
    }

    private static func main(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        #if os(Linux)
        gesso_name_thread("gesso-pixels")
        #endif
        Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        return nil
    }

    /// Carries a closure into a thread.
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
