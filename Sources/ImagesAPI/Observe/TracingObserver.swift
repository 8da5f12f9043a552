#if Tracing
import Instrumentation
import ServiceContextModule
public import Tracing

/// Opens a client span for each attempt and sends its context in the request's header. Trait `Tracing`.
public struct TracingObserver: ImagesClient.Observer {
    private let tracer: (any Tracer)?

    /// - Parameter tracer: nil takes the one that the process is bootstrapped with, at each attempt.
    public init(tracer: (any Tracer)? = nil) { self.tracer = tracer }

    /// Begins a span that ends with the attempt, and adds the headers that carry its context.
    public func begin(
        _ attempt: ImagesClient.Attempt
    ) -> (headers: [(String, String)], ended: @Sendable (ImagesClient.Attempt.Outcome) -> Void) {
        let tracer: any Tracer = tracer ?? InstrumentationSystem.tracer
        return begin(attempt, tracer)
    }

    private func begin(
        _ attempt: ImagesClient.Attempt, _ tracer: some Tracer
    ) -> (headers: [(String, String)], ended: @Sendable (ImagesClient.Attempt.Outcome) -> Void) {
        let span = tracer.startSpan("images_api.\(attempt.operation)", ofKind: .client)
        span.attributes["images.operation"] = attempt.operation
        if let model = attempt.model {
            span.attributes["images.model"] = SanitizedText.sanitized(model.rawValue, limit: 64)
        }
        span.attributes["http.request.body.size"] = attempt.bytesToSend
        var carrier: [(String, String)] = []
        tracer.inject(span.context, into: &carrier, using: HeaderInjector())
        return (
            carrier,
            { outcome in
                if let status = outcome.status { span.attributes["http.response.status_code"] = status }
                if let id = outcome.requestID {
                    span.attributes["images.request.id"] = SanitizedText.sanitized(id, limit: 128)
                }
                span.attributes["http.response.body.size"] = outcome.bytesReceived
                if outcome.label != "ok" {
                    span.attributes["error.type"] = outcome.label
                    span.setStatus(SpanStatus(code: .error))
                }
                span.end()
            }
        )
    }
}

private struct HeaderInjector: Injector {
    func inject(_ value: String, forKey key: String, into carrier: inout [(String, String)]) {
        carrier.append((key, value))
    }
}
#endif
