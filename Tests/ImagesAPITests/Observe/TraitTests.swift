import Foundation
import Testing

@testable import ImagesAPI

#if Logging
import InMemoryLogging
import Logging
#endif
#if Tracing
import InMemoryTracing
import Tracing
#endif
#if Metrics
import CoreMetrics
import MetricsTestKit
#endif

/// Runs with `swift test --traits Logging,Metrics,Tracing`.
@Suite("Observers for logs, metrics and traces", .serialized)
struct TraitTests {
    private func run(_ observer: any ImagesClient.Observer) async throws -> [ReceivedRequest] {
        let count = Locked(0)
        let server = try LoopbackServer { connection, _ in
            let number = count.withLock {
                $0 += 1; return $0
            }
            if number == 1 {
                connection.respond(503, headers: ["x-request-id: r-1"], json: "{}")
            } else {
                connection.respond(json: Samples.response([Samples.png]))
            }
        }
        defer { server.stop() }
        let client = try Samples.client(server, key: SecretsTests.canary) {
            $0.observers = [observer]
            $0.retryPolicy = ImagesClient.RetryPolicy(maxRetries: 1)
            $0.retryPolicy.baseDelay = .milliseconds(1)
        }
        _ = try await client.generate(Samples.generation)
        // Observers are called on the transport's thread; when it has ended, all calls were made.
        client.shutdown()
        await client.waitUntilShutDown()
        return server.requests
    }

    #if Logging
    @Test("The log has a line for each attempt: facts, no secret, nothing above info")
    func logging() async throws {
        let handler = InMemoryLogHandler()
        var logger = Logger(label: "test") { _ in handler }
        logger.logLevel = .trace
        _ = try await run(LoggingObserver(logger))
        let entries = handler.entries
        #expect(entries.map(\.level) == [.info, .debug])
        #expect(
            entries[0].metadata["images.outcome"] == "serverError" && entries[0].metadata["images.request.id"] == "r-1")
        let text = entries.map { "\($0)" }.joined()
        #expect(!text.contains("canary") && !text.contains("lighthouse"))
    }
    #endif

    #if Tracing
    @Test("A span per attempt, and its context in the request")
    func tracing() async throws {
        let tracer = InMemoryTracer()
        let requests = try await run(TracingObserver(tracer: tracer))
        let spans = tracer.finishedSpans
        #expect(spans.map(\.operationName) == ["images_api.images.generations", "images_api.images.generations"])
        #expect(spans[0].status?.code == .error && spans[1].status == nil)
        #expect(
            requests.count == 2
                && requests.allSatisfy { request in request.headers.contains { $0.0.contains("in-memory") } })
    }
    #endif

    #if Metrics
    @Test("Attempts are counted and measured under bounded labels")
    func metrics() async throws {
        let factory = TestMetrics()
        MetricsSystem.bootstrap(factory)
        _ = try await run(MetricsObserver())
        let failed = try factory.expectCounter(
            "images_api_attempts", [("operation", "images.generations"), ("outcome", "serverError")])
        let good = try factory.expectCounter(
            "images_api_attempts", [("operation", "images.generations"), ("outcome", "ok")])
        #expect(failed.totalValue == 1 && good.totalValue == 1)
        #expect(
            try factory.expectTimer(
                "images_api_attempt_duration", [("operation", "images.generations"), ("outcome", "ok")]
            ).values.count == 1)
    }
    #endif
}
