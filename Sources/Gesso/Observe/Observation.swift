#if Logging || Metrics || Tracing
import GessoPixels

#if Tracing
import Instrumentation
import Tracing
#endif

/// Observes one piece of work with whatever of metrics, traces and logs is wanted.
enum Observation {
    /// Whether anything but the log would see a step.
    static var isWanted: Bool {
        #if Metrics
        if PixelMetrics.isWanted { return true }
        #endif
        #if Tracing
        if PixelSpan.isWanted { return true }
        #endif
        return false
    }

    static func observing<R: Sendable>(
        _ operation: PixelWork.Operation, _ body: @Sendable () async throws -> R
    ) async throws -> R {
        let begin = ContinuousClock.now
        #if Tracing
        let span = PixelSpan.isWanted ? PixelSpan.start(operation) : nil
        #endif
        do {
            #if Tracing
            let result =
                if let span { try await ServiceContext.withValue(span.context, operation: body) } else {
                    try await body()
                }
            span?.end()
            #else
            let result = try await body()
            #endif
            ended(operation, nil, begin)
            return result
        } catch {
            #if Tracing
            span?.end(ErrorLabel.of(error))
            #endif
            ended(operation, ErrorLabel.of(error), begin)
            throw error
        }
    }

    private static func ended(
        _ operation: PixelWork.Operation, _ error: String?, _ begin: ContinuousClock.Instant
    ) {
        #if Metrics
        if PixelMetrics.isWanted { PixelMetrics.ended(operation, error, ContinuousClock.now - begin) }
        #endif
        #if Logging
        PixelLog.ended(operation, error, ContinuousClock.now - begin)
        #endif
    }

    #if Metrics || Tracing
    static func observing<R>(
        _ step: PixelWork.Step, _ body: () throws(GessoError) -> R
    ) throws(GessoError) -> R {
        #if Metrics
        let begin = ContinuousClock.now
        #endif
        #if Tracing
        let span = PixelSpan.isWanted ? PixelSpan.start(step) : nil
        let result =
            if let span { ServiceContext.withValue(span.context) { outcome(body) } } else { outcome(body) }
        span?.end(result.failureLabel)
        #else
        let result = outcome(body)
        #endif
        #if Metrics
        if PixelMetrics.isWanted {
            PixelMetrics.ended(step, isSuccess: result.failureLabel == nil, ContinuousClock.now - begin)
        }
        #endif
        return try result.get()
    }

    /// Whether stages run on one frame of many.
    @TaskLocal static var hidesStages = false

    /// Runs a body whose stages are not observed.
    static func hidingStages<R>(_ body: () throws(GessoError) -> R) throws(GessoError) -> R {
        try $hidesStages.withValue(true) { outcome(body) }.get()
    }

    private static func outcome<R>(_ body: () throws(GessoError) -> R) -> Result<R, GessoError> {
        do throws(GessoError) { return .success(try body()) } catch { return .failure(error) }
    }
    #endif
}

extension Result where Failure == GessoError {
    fileprivate var failureLabel: String? {
        if case .failure(let error) = self { ErrorLabel.of(error) } else { nil }
    }
}
#endif
