#if Logging
public import Logging

/// Logs each attempt: at `debug`, and at `info` when it fails. Trait `Logging`.
///
/// ```swift
/// configuration.observers = [LoggingObserver(logger)]
/// ```
public struct LoggingObserver: ImagesClient.Observer {
    private let logger: Logger

    /// An observer that logs to `logger`.
    public init(_ logger: Logger) { self.logger = logger }

    /// Logs the attempt when it ends, with the task-local metadata of its beginning; adds no headers.
    public func begin(
        _ attempt: ImagesClient.Attempt
    ) -> (headers: [(String, String)], ended: @Sendable (ImagesClient.Attempt.Outcome) -> Void) {
        // Captured here, since task-local metadata is not available on the transport's thread, where the attempt ends.
        let logger = logger
        return (
            [],
            { outcome in
                var metadata: Logger.Metadata = [
                    "images.operation": "\(attempt.operation)", "images.outcome": "\(outcome.label)",
                    "images.duration": "\(outcome.duration)", "images.bytes.sent": "\(attempt.bytesToSend)",
                    "images.bytes.received": "\(outcome.bytesReceived)",
                ]
                if let model = attempt.model {
                    metadata["images.model"] = "\(SanitizedText.sanitized(model.rawValue, limit: 64))"
                }
                if let status = outcome.status { metadata["http.status"] = "\(status)" }
                if let id = outcome.requestID {
                    metadata["images.request.id"] = "\(SanitizedText.sanitized(id, limit: 128))"
                }
                logger.log(
                    level: outcome.label == "ok" ? .debug : .info, "Images API attempt ended", metadata: metadata)
            }
        )
    }
}
#endif
