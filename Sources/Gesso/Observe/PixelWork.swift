import GessoPixels

/// Where pixel work calls what observes it: logs, metrics and traces, each behind the package trait of its name.
///
/// What is emitted goes to the systems that the process is bootstrapped with. Labels and attributes have formats, names
/// of Gesso's own stages and labels of errors, never a path, a prompt or pixels. Without the traits the calls are inlined
/// away; with them and without a bootstrapped system, metrics and spans are not made.
enum PixelWork {
    /// A call of the library, from its start to its result.
    enum Operation: String, Sendable {
        case image, prepare, finish
    }

    /// A part of a call that runs on the pool without a pause.
    enum Step: Sendable {
        case decode(format: String)
        case stage(String)
        case encode(format: String)
        /// All frames of an animation, from the first decode to the last encode, with the stages of each.
        case animation(format: String)
        /// The stages and the encode of one output.
        case rendition(format: String)
    }

    /// Runs a call of the library.
    @inline(__always)
    static func observing<R: Sendable>(
        _ operation: Operation, _ body: @Sendable () async throws -> R
    ) async throws -> R {
        #if Logging || Metrics || Tracing
        try await Observation.observing(operation, body)
        #else
        try await body()
        #endif
    }

    /// Runs a part of a call on the calling thread.
    @inline(__always)
    static func observing<R>(
        _ step: @autoclosure () -> Step, _ body: () throws(GessoError) -> R
    ) throws(GessoError) -> R {
        #if Metrics || Tracing
        guard Observation.isWanted else { return try body() }
        return try Observation.observing(step(), body)
        #else
        return try body()
        #endif
    }

    /// Waits for a reservation.
    @inline(__always)
    static func waiting(_ body: () async throws -> Void) async throws {
        #if Metrics
        try await PixelMetrics.waiting(body)
        #else
        try await body()
        #endif
    }

    /// Reservations or waiters have come or gone.
    @inline(__always)
    static func changed(reservedBytes: Int = 0, waiters: Int = 0) {
        #if Metrics
        ReservationGauges.change(reservedBytes: reservedBytes, waiters: waiters)
        #endif
    }

    /// Runs work on a thread of the pool and counts the processor time that it takes.
    @inline(__always)
    static func onPoolThread<R, Failure: Error>(_ work: () throws(Failure) -> R) throws(Failure) -> R {
        #if Metrics
        guard PixelMetrics.isWanted else { return try work() }
        let begin = PixelMetrics.threadNanoseconds()
        defer { PixelMetrics.addPoolTime(PixelMetrics.threadNanoseconds() - begin) }
        return try work()
        #else
        return try work()
        #endif
    }
}
