import Foundation
import GessoMockServer
import Testing

@testable import Gesso

#if Logging
import InMemoryLogging
import Logging
#endif
#if Metrics
import CoreMetrics
import MetricsTestKit
#endif
#if Tracing
import InMemoryTracing
import Tracing
#endif

/// A stage that a user has written.
private struct SecretStage: Stage {
    var fails = false

    func run(_ frame: inout Frame) throws(GessoError) {
        guard fails else { return }
        throw GessoError(.init(rawValue: "secret"), stage: "secret", "secret")
    }
}

@Suite("Observed pixel work")
struct ObservationTests {
    private let photo: Data

    init() throws { photo = try ImageEncoder.encode(TestBitmaps.smooth(80, 60), as: .jpeg(quality: 90)).data }

    @Test("has labels of errors and stages from a bounded set, which has all that the sources name")
    func labels() throws {
        #expect(ErrorLabel.of(GessoError(.truncated, stage: "decode", "")) == "decode.truncated")
        #expect(ErrorLabel.of(GessoError(.cancelled, stage: "Resize", "")) == "Resize.cancelled")
        #expect(ErrorLabel.of(GessoError(.init(rawValue: "secret"), stage: "secret", "")) == "other.other")
        #expect(ErrorLabel.of(CancellationError()) == "task.cancelled")
        #expect(PixelWork.label(SecretStage()) == "other")
        #expect(PixelWork.label(ImageFormat(rawValue: "secret")) == "other")
        var (stages, codes) = (0, 0)
        let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Sources")
        for folder in ["Gesso", "GessoCodecs", "GessoPixels"] {
            let files = FileManager.default.enumerator(atPath: sources.appending(path: folder).path)
            while let name = files?.nextObject() as? String {
                guard name.hasSuffix(".swift") else { continue }
                let text = try String(contentsOf: sources.appending(path: "\(folder)/\(name)"), encoding: .utf8)
                for match in text.matches(of: /(?:stage: |checkCancellation\()"([a-zA-Z]+)"/) {
                    stages += 1
                    #expect(ErrorLabel.stages.contains(String(match.1)), "\(name)")
                }
                guard text.contains("GessoError.Code {") else { continue }
                for match in text.matches(of: /static let \w+ = Self\(rawValue: "(\w+)"\)/) {
                    codes += 1
                    #expect(ErrorLabel.codes.contains(GessoError.Code(rawValue: String(match.1))), "\(match.1)")
                }
            }
        }
        // The sources were found, and read as they are written.
        #expect(stages > 100 && codes == ErrorLabel.codes.count)
    }

    #if Metrics
    @Test("is counted and measured: decodes, stages, encodes, waits, processor time and errors")
    func metrics() async throws {
        let factory = TestMetrics()
        try await withMetricsFactory(factory) {
            let budget = PixelBudget(bytes: 64 << 20)
            _ = try await Image(photo, budget: budget).applying { SecretStage() }.renditions([
                .thumbnail(32, as: .webp), .thumbnail(16, as: .png),
            ])
            for (data, fails) in [(photo.prefix(300), false), (Data("GIF89a".utf8), false), (photo, true)] {
                _ = try? await Image(data, budget: budget).decoding(.strict).applying { SecretStage(fails: fails) }
                    .png()
            }
        }
        func count(_ label: String, _ dimensions: [(String, String)]) -> Int64 {
            factory.counterTotal(label: label, dimensions: dimensions)
        }
        func times(_ label: String, _ dimensions: [(String, String)]) -> Int {
            factory.timers(label: label, dimensions: dimensions).reduce(0) { $0 + $1.values.count }
        }
        #expect(count("gesso_images_decoded", [("format", "jpeg")]) == 2)
        #expect(times("gesso_decode_duration", [("format", "jpeg"), ("outcome", "ok")]) == 2)
        #expect(count("gesso_images_encoded", [("format", "webp")]) == 1)
        #expect(count("gesso_images_encoded", [("format", "png")]) == 1)
        #expect(times("gesso_encode_duration", [("format", "png"), ("outcome", "ok")]) == 1)
        #expect(times("gesso_stage_duration", [("stage", "other"), ("outcome", "ok")]) == 1)
        #expect(times("gesso_stage_duration", [("stage", "other"), ("outcome", "error")]) == 1)
        // One for each thumbnail.
        #expect(times("gesso_stage_duration", [("stage", "Resize"), ("outcome", "ok")]) == 2)
        #expect(times("gesso_operation_duration", [("operation", "image"), ("outcome", "ok")]) == 1)
        #expect(times("gesso_operation_duration", [("operation", "image"), ("outcome", "error")]) == 3)
        #expect(count("gesso_errors", [("operation", "image"), ("error", "other.other")]) == 1)
        #expect(factory.counterTotal(label: "gesso_errors") == 3)
        #expect(factory.counterTotal(label: "gesso_pool_cpu_nanoseconds") > 10_000)
        #expect(times("gesso_reservation_wait_duration", [("outcome", "ok")]) >= 2)
        let known: Set = [
            "gesso_operation_duration", "gesso_decode_duration", "gesso_encode_duration", "gesso_stage_duration",
            "gesso_images_decoded", "gesso_images_encoded", "gesso_errors", "gesso_reservation_wait_duration",
            "gesso_pool_cpu_nanoseconds", "gesso_reserved_bytes",
        ]
        let found = factory.counters.map(\.label) + factory.timers.map(\.label) + factory.recorders.map(\.label)
        #expect(Set(found) == known)
        let values = factory.counters.flatMap(\.dimensions) + factory.timers.flatMap(\.dimensions)
        #expect(!values.contains { $0.1.contains("ecret") })
    }

    @Test("shows in gauges what is reserved and who waits, 0 in the end")
    func gauges() async throws {
        // In a process of its own: the gauges count all of a process.
        await #expect(processExitsWith: .success) {
            let factory = TestMetrics()
            MetricsSystem.bootstrap(factory)
            let budget = PixelBudget(bytes: 100)
            try await budget.withReservation(60) {
                let waiter = Task.detached { try await budget.withReservation(50) {} }
                while budget.load.waiters == 0 { try await Task.sleep(for: .milliseconds(1)) }
                let refused = Task.detached { try await budget.withReservation(101) {} }
                _ = await refused.result
                waiter.cancel()
                _ = await waiter.result
            }
            let bytes = try factory.expectGauge("gesso_reserved_bytes").values
            let waiters = try factory.expectGauge("gesso_waiting_reservations").values
            let refused = factory.timers(
                label: "gesso_reservation_wait_duration", dimensions: [("outcome", "limitExceeded")])
            let cancelled = factory.timers(
                label: "gesso_reservation_wait_duration", dimensions: [("outcome", "cancelled")])
            let isRight =
                bytes == [60, 0] && waiters == [1, 0] && refused.count == 1 && cancelled.first?.values.count == 1
            if !isRight { print(bytes, waiters, refused.count, cancelled.count) }
            precondition(isRight)
        }
    }
    #endif

    #if Tracing
    @Test("is traced: a span for each part, children of the caller's, on the pool's threads too")
    func spans() async throws {
        let tracer = InMemoryTracer()
        try await withTracer(tracer) {
            try await withSpan("request") { _ in
                _ = try await Image(photo).renditions([.thumbnail(32, as: .webp), .thumbnail(16, as: .png)])
                _ = try? await Image(photo.prefix(300)).decoding(.strict).applying { SecretStage() }.png()
            }
        }
        let spans = tracer.finishedSpans
        #expect(tracer.activeSpans.isEmpty)
        let names = Dictionary(uniqueKeysWithValues: spans.map { ($0.spanContext.spanID, $0.operationName) })
        func parents(_ name: String) -> [String?] {
            spans.filter { $0.operationName == name }.map { $0.spanContext.parentSpanID.flatMap { names[$0] } }
        }
        #expect(parents("gesso.image") == ["request", "request"])
        #expect(parents("gesso.decode").allSatisfy { $0 == "gesso.image" } && parents("gesso.decode").count >= 1)
        #expect(parents("gesso.rendition") == ["gesso.image", "gesso.image"])
        #expect(parents("gesso.encode") == ["gesso.rendition", "gesso.rendition"])
        #expect(parents("gesso.stage.Resize") == ["gesso.rendition", "gesso.rendition"])
        let traces = Set(spans.map(\.spanContext.traceID))
        #expect(traces.count == 1)
        let failed = spans.filter { $0.operationName == "gesso.image" && $0.status?.code == .error }
        #expect(failed.count == 1 && failed[0].status?.message == nil && failed[0].errors.isEmpty)
        for span in spans where span.operationName != "request" {
            span.attributes.forEach { name, value in
                #expect(["gesso.format", "gesso.stage", "error.type"].contains(name), "\(name)")
                #expect(!"\(value)".contains("ecret"))
            }
        }
    }
    #endif

    #if Tracing
    @Test("is traced in edits: a span for what is before the requests, and one for what is after them")
    func editSpans() async throws {
        let photo = try ImageEncoder.encode(TestBitmaps.gradient(500, 380), as: .png).data
        let mask = MaskSource.ellipse(in: Rect(x: 150, y: 100, width: 120, height: 90))
        let tracer = InMemoryTracer()
        try await MockServer.run { mock in
            let client = mock.client()
            defer { client.shutdown() }
            let editor = Editor(client: client)
            try await withTracer(tracer) {
                try await withSpan("request") { _ in
                    _ = try await editor.edit(photo, prompt: "secret", mask: mask)
                    _ = try? await editor.prepare(Data("secret".utf8), prompt: "secret")
                    let prepared = try await editor.prepare(photo, prompt: "secret", mask: mask)
                    _ = try? await editor.finish([], photo: photo, prepared)
                }
            }
        }
        let spans = tracer.finishedSpans
        #expect(tracer.activeSpans.isEmpty)
        let names = Dictionary(uniqueKeysWithValues: spans.map { ($0.spanContext.spanID, $0.operationName) })
        func parents(_ name: String) -> [String?] {
            spans.filter { $0.operationName == name }.map { $0.spanContext.parentSpanID.flatMap { names[$0] } }
        }
        #expect(parents("gesso.edit.prepare") == ["request", "request", "request"])
        #expect(parents("gesso.edit.finish") == ["request", "request"])
        for step in ["gesso.decode", "gesso.encode"] {
            #expect(Set(parents(step)) == ["gesso.edit.prepare", "gesso.edit.finish"], "\(step)")
        }
        var errors: [String: String] = [:]
        for span in spans {
            span.attributes.forEach { name, value in
                #expect(!"\(value)".contains("secret"))
                if name == "error.type" { errors[span.operationName] = "\(value)" }
            }
            #expect(span.status?.message == nil && span.errors.isEmpty)
        }
        #expect(spans.filter { $0.status?.code == .error }.count == 2)
        #expect(errors["gesso.edit.prepare"]?.contains("probe.unsupportedFormat") == true)
        #expect(errors["gesso.edit.finish"]?.contains("finish.emptyInput") == true)
    }

    @Test("is traced as a whole for an animation, and not frame by frame")
    func animationSpans() async throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fixtures/animation")
        let file = try Data(contentsOf: folder.appending(path: "keep.gif"))
        let tracer = InMemoryTracer()
        let made = try await withTracer(tracer) {
            try await Image(file, limits: .default.andGIF).animated().thumbnail(30).webp()
        }
        #expect(try ImageHeader(probing: made.data).frameCount == 5)
        #expect(tracer.finishedSpans.map(\.operationName) == ["gesso.animation", "gesso.image"])
    }
    #endif

    #if Logging
    @Test("is logged to the task's logger at debug: operation, outcome and duration")
    func log() async throws {
        let handler = InMemoryLogHandler()
        var logger = Logger(label: "test") { _ in handler }
        logger.logLevel = .debug
        try await withLogger(logger) { _ in
            _ = try await Image(photo).thumbnail(32).webp()
            _ = try? await Image(Data("secret".utf8)).png()
        }
        let entries = handler.entries
        #expect(entries.map(\.level) == [.debug, .debug])
        #expect(entries.map { $0.metadata["gesso.outcome"] } == ["ok", "probe.unsupportedFormat"])
        let keys = ["gesso.duration", "gesso.operation", "gesso.outcome"]
        #expect(entries.allSatisfy { $0.metadata.keys.sorted() == keys })
        #expect(!entries.map { "\($0)" }.joined().contains("secret"))
    }
    #endif
}
