#if Metrics
import CoreMetrics
import GessoPixels
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Emits the metrics of pixel work; the article "Watch a server" lists them.
enum PixelMetrics {
    /// Whether the process has a metrics system.
    static var isWanted: Bool { !(MetricsSystem.factory is NOOPMetricsHandler) }

    static func ended(_ operation: PixelWork.Operation, _ error: String?, _ time: Duration) {
        let name = ("operation", operation.rawValue)
        Timer(label: "gesso_operation_duration", dimensions: [name, outcome(error == nil)])
            .recordNanoseconds(time.nanoseconds)
        guard let error else { return }
        Counter(label: "gesso_errors", dimensions: [name, ("error", error)]).increment()
    }

    static func ended(_ step: PixelWork.Step, isSuccess: Bool, _ time: Duration) {
        switch step {
        case .decode(let format): ended("decode", "images_decoded", ("format", format), isSuccess, time)
        case .encode(let format): ended("encode", "images_encoded", ("format", format), isSuccess, time)
        case .stage(let stage): ended("stage", nil, ("stage", stage), isSuccess, time)
        case .animation(let format): ended("animation", nil, ("format", format), isSuccess, time)
        // The sum of its steps, which have metrics of their own.
        case .rendition: break
        }
    }

    private static func ended(
        _ name: String, _ counter: String?, _ label: (String, String), _ isSuccess: Bool, _ time: Duration
    ) {
        Timer(label: "gesso_\(name)_duration", dimensions: [label, outcome(isSuccess)])
            .recordNanoseconds(time.nanoseconds)
        if isSuccess, let counter { Counter(label: "gesso_\(counter)", dimensions: [label]).increment() }
    }

    private static func outcome(_ isSuccess: Bool) -> (String, String) { ("outcome", isSuccess ? "ok" : "error") }

    /// Measures how long a reservation was waited for, those included that were given at once.
    static func waiting(_ body: () async throws -> Void) async throws {
        guard isWanted else { return try await body() }
        let begin = ContinuousClock.now
        do {
            try await body()
            waited("ok", begin)
        } catch {
            waited((error as? GessoError).map { ErrorLabel.code($0.code) } ?? ErrorLabel.other, begin)
            throw error
        }
    }

    private static func waited(_ outcome: String, _ begin: ContinuousClock.Instant) {
        Timer(label: "gesso_reservation_wait_duration", dimensions: [("outcome", outcome)])
            .recordNanoseconds((ContinuousClock.now - begin).nanoseconds)
    }

    /// Processor time of the calling thread.
    static func threadNanoseconds() -> Int64 {
        var time = timespec()
        guard clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0 else { return 0 }
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    // An integer: systems without a counter of fractions would round each addition.
    static func addPoolTime(_ nanoseconds: Int64) {
        Counter(label: "gesso_pool_cpu_nanoseconds").increment(by: max(0, nanoseconds))
    }
}

/// Bytes reserved and reservations that wait, in all budgets of the process.
enum ReservationGauges {
    private static let reservedBytes = Atomic(0)
    private static let waiters = Atomic(0)
    /// Whoever holds it reads and records, so that the last to record has the latest numbers.
    private static let recording = Mutex(())

    static func change(reservedBytes bytes: Int, waiters count: Int) {
        reservedBytes.add(bytes, ordering: .relaxed)
        waiters.add(count, ordering: .relaxed)
        guard PixelMetrics.isWanted else { return }
        recording.withLock { _ in
            if bytes != 0 { Gauge(label: "gesso_reserved_bytes").record(reservedBytes.load(ordering: .relaxed)) }
            if count != 0 { Gauge(label: "gesso_waiting_reservations").record(waiters.load(ordering: .relaxed)) }
        }
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        let (whole, overflow) = components.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : whole + components.attoseconds / 1_000_000_000
    }
}
#endif
