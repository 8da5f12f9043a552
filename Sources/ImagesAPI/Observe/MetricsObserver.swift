#if Metrics
import Metrics

/// Counts and measures attempts: `images_api_attempts`, `images_api_attempt_duration`, `images_api_bytes_received`,
/// with the dimensions `operation` and `outcome`, both from bounded sets. Trait `Metrics`.
public struct MetricsObserver: ImagesClient.Observer {
    /// An observer for the metrics system that the process is bootstrapped with.
    public init() {}

    /// Records the attempt when it ends; adds no headers.
    public func begin(
        _ attempt: ImagesClient.Attempt
    ) -> (headers: [(String, String)], ended: @Sendable (ImagesClient.Attempt.Outcome) -> Void) {
        (
            [],
            { outcome in
                let dimensions = [("operation", attempt.operation), ("outcome", outcome.label)]
                Counter(label: "images_api_attempts", dimensions: dimensions).increment()
                Timer(label: "images_api_attempt_duration", dimensions: dimensions).recordNanoseconds(
                    outcome.duration.nanoseconds)
                Counter(label: "images_api_bytes_received", dimensions: [("operation", attempt.operation)])
                    .increment(by: outcome.bytesReceived)
            }
        )
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        let (whole, overflow) = components.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : whole + components.attoseconds / 1_000_000_000
    }
}
#endif
