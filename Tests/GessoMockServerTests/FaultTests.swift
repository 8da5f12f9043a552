import Foundation
import GessoMockServer
import Synchronization
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

@Suite("Fault injection")
struct FaultTests {
    /// The bytes of the response to a streamed generation with that fault.
    private func stream(_ fault: Fault) async throws -> Data {
        try await MockServer.run(behavior: .init(faults: [fault])) { mock in
            let body = try JSONSerialization.data(
                withJSONObject: StreamingTests.small.merging(["partial_images": 1]) { $1 })
            let head =
                "POST /v1/images/generations HTTP/1.1\r\nAuthorization: Bearer k\r\nContent-Type: application/json\r\n"
                + "Connection: close\r\nContent-Length: \(body.count)\r\n\r\n"
            return try RawClient(mock).exchange(Data(head.utf8) + body)
        }
    }

    private func body(_ change: (inout Fault) -> Void) async throws -> Data {
        var fault = Fault()
        change(&fault)
        return try #require(RawClient.parse(try await stream(fault))).body
    }

    @Test("A cut leaves exactly the bytes before it", arguments: [0, 1, 17, 1000], [Fault.Cut.End.finish, .reset])
    func cut(offset: Int, end: Fault.Cut.End) async throws {
        let whole = StreamingTests.dechunked(try await body { _ in })
        let part = StreamingTests.dechunked(try await body { $0.cut = .init(at: offset, with: end) })
        #expect(part.count == offset)
        // Two runs may differ in their timestamps, which come after these bytes.
        #expect(whole.prefix(min(offset, 40)) == part.prefix(40))
    }

    @Test(
        "A cut at or beyond the end is applied at the end; one beyond it is reported",
        arguments: [Fault.Cut.Part.head, .body], [0, 1, 1_000_000])
    func cutAtTheEnd(part: Fault.Cut.Part, past: Int) async throws {
        let body = "0123456789"
        /// The bytes received, the captured request, and the sentences reported.
        func exchange(_ cut: Fault.Cut) async throws -> (text: String, request: CapturedRequest, reported: [String]) {
            var fault = Fault()
            // The only field whose length differs from run to run.
            fault.response = .init(status: 200, headers: ["openai-processing-ms": "1"], body: body)
            fault.cut = cut
            let reported = Mutex<[String]>([])
            let mock = try await MockServer.start(behavior: .init(faults: [fault]), capture: true) { sentence in
                reported.withLock { $0.append(sentence) }
            }
            let request = Data("GET / HTTP/1.1\r\nConnection: close\r\n\r\n".utf8)
            let bytes = try RawClient(mock).exchange(request)
            await mock.stop()
            return (
                String(decoding: bytes, as: UTF8.self), try #require(mock.capturedRequests.first),
                reported.withLock { $0 }
            )
        }
        let head = try await exchange(.init(at: 0)).text
        #expect(
            head.hasPrefix("HTTP/1.1 200 OK\r\n")
                && head.hasSuffix("\r\ncontent-length: 10\r\nconnection: close\r\n\r\n"))

        let end = part == .head ? head.utf8.count : body.utf8.count
        let cut = try await exchange(.init(at: end + past, part: part))
        #expect(cut.request.outcome == .cut)
        #expect(cut.text.utf8.count == head.utf8.count + (part == .head ? 0 : body.utf8.count))
        #expect(cut.request.unappliedFaults.count == (past == 0 ? 0 : 1))
        #expect(cut.request.unappliedFaults.allSatisfy { $0.contains("byte \(end + past) of the \(part)") })
        #expect(cut.reported == cut.request.unappliedFaults.map { "request 1: " + $0 })
    }

    @Test("A stream cut at its end lacks its last chunk")
    func cutStream() async throws {
        let body = try await body { $0.cut = .init(at: .max) }
        #expect(StreamingTests.dechunked(body).suffix(3) == Data("}\n\n".utf8))
        #expect(!body.suffix(5).elementsEqual(Data("0\r\n\r\n".utf8)))
    }

    @Test("A cut inside the head leaves exactly the bytes before it", arguments: [0, 1, 16])
    func cutInTheHead(offset: Int) async throws {
        let bytes = try await stream(.cut(at: offset, part: .head))
        #expect(bytes == Data("HTTP/1.1 200 OK\r\n".utf8).prefix(offset))
    }

    @Test(
        "A fault that cannot be applied is reported",
        arguments: [
            #"{"flip": {"at": 4000000}}"#, #"{"stall": {"at": 4000000, "seconds": 0}}"#,
            #"{"cut": {"at": 4000000}}"#, #"{"cutRequestAt": 4000000}"#, #"{"events": {"done": true}}"#,
        ])
    func unapplied(script: String) async throws {
        let fault = try JSONDecoder().decode(Fault.self, from: Data(script.utf8))
        let mock = try await MockServer.start(behavior: .init(faults: [fault]), capture: true)
        let request = "GET /v1/models HTTP/1.1\r\nAuthorization: Bearer k\r\nConnection: close\r\n\r\n"
        _ = try RawClient(mock).exchange(Data(request.utf8))
        await mock.stop()
        #expect(mock.capturedRequests.map(\.unappliedFaults.count) == [1])
    }

    @Test(
        "Extreme numbers in a fault leave the response intact",
        arguments: [
            #"{"bytesPerSecond": 1e300, "headBytesPerSecond": 1e300}"#,
            #"{"contentLengthOffset": 9223372036854775807}"#, #"{"skip": -9223372036854775808}"#,
            #"{"flip": {"at": -9223372036854775808}}"#, #"{"stall": {"at": -1, "seconds": -1e300}}"#,
            #"{"delaySeconds": -1e300, "informational": -1}"#,
        ])
    func extremes(script: String) async throws {
        let fault = try JSONDecoder().decode(Fault.self, from: Data(script.utf8))
        try await MockServer.run(behavior: .init(faults: [fault])) { mock in
            let reply = try RawClient(mock).send("GET", "/v1/models")
            #expect(reply.status == 200 && reply.body.count > 500)
        }
    }

    @Test("Header fields are added to real responses in order; names may repeat")
    func addedHeaders() async throws {
        var fault = Fault()
        fault.addHeaders = [.init("x-b", "1"), .init("X-A", "2"), .init("x-b", "3")]
        let head = String(decoding: try await stream(fault).prefix(2000), as: UTF8.self).components(separatedBy: "\r\n")
        #expect(head.first == "HTTP/1.1 200 OK")
        #expect(
            head.filter { $0.lowercased().hasPrefix("x-a:") || $0.hasPrefix("x-b:") } == ["x-b: 1", "X-A: 2", "x-b: 3"])
    }

    @Test("A stream is compressed piece by piece")
    func gzipStream() async throws {
        let reply = try #require(RawClient.parse(try await stream(.gzip())))
        #expect(reply.headers["content-encoding"] == "gzip")
        var packed = StreamingTests.dechunked(reply.body)[...]
        #expect(packed.prefix(4) == Data([0x1F, 0x8B, 8, 0]))
        packed = packed.dropFirst(10)
        var (text, isLast) = (Data(), false)
        while !isLast, packed.count >= 5 {
            let header = [UInt8](packed.prefix(5))
            let count = Int(header[1]) | Int(header[2]) << 8
            #expect(header[0] < 2 && header[3] == ~header[1] && header[4] == ~header[2])
            isLast = header[0] == 1
            text.append(packed.dropFirst(5).prefix(count))
            packed = packed.dropFirst(5 + count)
        }
        #expect(isLast && packed.count == 8)
        #expect(packed.suffix(4) == Data((0..<4).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }))
        #expect(text.starts(with: Data("event: image_generation.partial_image\ndata: {".utf8)))
        #expect(text.suffix(3) == Data("}\n\n".utf8))
    }

    @Test("A cut body with close framing ends without a sign of the cut")
    func closeFraming() async throws {
        let part = try await body { fault in
            fault.framing = .close
            fault.cut = .init(at: 500)
        }
        #expect(part.count == 500)
        #expect(part.starts(with: Data("event: image_generation.partial_image\ndata: {".utf8)))
    }

    @Test("Only the given bits of the given byte are flipped")
    func flip() async throws {
        let flipped = StreamingTests.dechunked(try await body { $0 = .flip(at: 3, bits: 0x20) })
        #expect(flipped.starts(with: Data("eveNt: image_generation".utf8)))
    }

    @Test("A stall and a delay last at least as long as scripted")
    func pauses() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        _ = try await body { fault in
            fault = .stall(at: 100, seconds: 0.3)
            fault.delaySeconds = 0.2
        }
        #expect(clock.now - start >= .milliseconds(490))
    }

    @Test("Head and body are not sent faster than scripted", arguments: [true, false])
    func rates(head: Bool) async throws {
        var fault = Fault()
        if head { fault.headBytesPerSecond = 500 } else { fault.bytesPerSecond = 2_000 }
        try await MockServer.run(behavior: .init(faults: [fault])) { mock in
            let client = RawClient(mock)
            let clock = ContinuousClock()
            let start = clock.now
            let reply = try client.send("GET", "/v1/models/gpt-image-2")
            let took = clock.now - start
            #expect(reply.status == 200)
            // The head has more than 100 bytes.
            let least = head ? 100.0 / 500 : Double(reply.body.count) / 2_000
            #expect(took >= .seconds(least * 0.8))
        }
    }

    @Test("Events are left out, repeated, reordered, formatted and ended as scripted")
    func events() async throws {
        func names(_ change: (inout Fault.Events) -> Void) async throws -> [String] {
            let data = StreamingTests.dechunked(
                try await body { fault in
                    var events = Fault.Events()
                    change(&events)
                    fault.events = events
                })
            return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).map {
                String($0.prefix(26))
            }
        }
        let (partial, completed) = ("event: image_generation.pa", "event: image_generation.co")
        func shortened(_ lines: [String]) -> [String] { lines.map { $0.hasPrefix("data: {\"b") ? "data" : $0 } }
        #expect(
            try await shortened(names { $0.order = [1, 0, 0] }) == [
                completed, "data", partial, "data", partial, "data",
            ])
        #expect(try await shortened(names { $0.order = [] }) == [])
        #expect(try await shortened(names { $0.done = true }) == [partial, "data", completed, "data", "data: [DONE]"])
        #expect(try await shortened(names { $0.comments = true }).filter { $0 == ": still rendering" }.count == 2)
        for limit in [2, 3] {
            // As many as the stream has, and one more.
            let late = try await names { $0.errorAfter = limit }
            #expect(shortened(late).dropLast() == [partial, "data", completed, "data"])
            #expect(late.last?.hasPrefix("data: {\"error\":") == true)
        }
        let failed = try await names { events in
            events.errorAfter = 1
            events.error = .init("blocked", type: "image_generation_user_error", code: "moderation_blocked")
        }
        #expect(shortened(failed).dropLast() == [partial, "data"])
        #expect(failed.last?.hasPrefix("data: {\"error\":{\"code\":\"mo") == true)
        #expect(
            try await names { events in (events.errorAfter, events.errorForm) = (0, .bare) }.first == "event: error")
        #expect(try await names { $0.dataLines = true }.count > 10)
        #expect(try await names { $0.byteOrderMark = true }.first?.hasPrefix("\u{FEFF}event") == true)
    }

    @Test("All three line ends are available", arguments: zip([Fault.LineEnd.lf, .crlf, .cr], ["\n", "\r\n", "\r"]))
    func lineEnds(form: Fault.LineEnd, text: String) async throws {
        let data = StreamingTests.dechunked(
            try await body { fault in
                fault.events = Fault.Events()
                fault.events?.lineEnd = form
            })
        #expect(data.starts(with: Data("event: image_generation.partial_image\(text)data: ".utf8)))
        #expect(data.suffix(2 * text.utf8.count) == Data((text + text).utf8))
    }

    @Test("Faults apply in turn: skip some requests, change the next ones, leave the rest alone")
    func script() async throws {
        var limited = Fault.status(429, code: "rate_limit_exceeded", headers: ["retry-after": "1"], times: 2)
        (limited.path, limited.skip) = ("/v1/models", 1)
        var page = Fault.html(502)
        page.times = 1
        try await MockServer.run(behavior: .init(faults: [limited, page])) { mock in
            let client = RawClient(mock)
            let replies = try (0..<5).map { _ in try client.send("GET", "/v1/models") }
            #expect(replies.map(\.status) == [200, 429, 429, 502, 200])
            #expect(replies[1].headers["retry-after"] == "1")
            #expect(replies[1].error["code"] as? String == "rate_limit_exceeded")
            #expect(replies[3].headers["content-type"] == "text/html")
        }
    }

    @Test("Heads can have many informational responses, a wrong length, a redirect, an encoding, or no end")
    func heads() async throws {
        func models(_ change: (inout Fault) -> Void) async throws -> Data {
            var fault = Fault()
            change(&fault)
            let behavior = MockServer.Behavior(faults: [fault])
            return try await MockServer.run(behavior: behavior) { mock in
                let request = "GET /v1/models HTTP/1.1\r\nAuthorization: Bearer k\r\nConnection: close\r\n\r\n"
                return try RawClient(mock).exchange(Data(request.utf8))
            }
        }
        let flooded = String(decoding: try await models { $0.informational = 50 }, as: UTF8.self)
        #expect(flooded.components(separatedBy: "HTTP/1.1 103 ").count == 51)
        #expect(flooded.components(separatedBy: "HTTP/1.1 200 ").count == 2)

        let long = try #require(RawClient.parse(try await models { $0.contentLengthOffset = 7 }))
        #expect(long.headers["content-length"].flatMap { Int($0) } == long.body.count + 7)

        let moved = try #require(RawClient.parse(try await models { $0 = .redirect(to: "http://127.0.0.1:9/") }))
        #expect(moved.status == 302)
        #expect(moved.headers["location"] == "http://127.0.0.1:9/")

        let packed = try #require(RawClient.parse(try await models { $0 = .gzip() }))
        #expect(packed.headers["content-encoding"] == "gzip")
        #expect(packed.body.starts(with: [0x1F, 0x8B, 8]))
        #expect(packed.body.count > 1000)

        let endless = try await models { $0 = .endlessHeaders() }
        #expect(endless.count > 7 << 20)
        #expect(RawClient.parse(endless) == nil)
    }

    @Test("A connection can be ended while the request is being sent")
    func cutRequest() async throws {
        var fault = Fault()
        fault.cutRequestAt = 100_000
        let mock = try await MockServer.start(behavior: .init(faults: [fault]), capture: true)
        let client = RawClient(mock)
        let head = "POST /v1/images/edits HTTP/1.1\r\nAuthorization: Bearer k\r\nContent-Length: 9000000\r\n\r\n"
        #expect(try client.exchange(Data(head.utf8), Data(count: 9_000_000)).isEmpty)
        await mock.stop()
        #expect(mock.capturedRequests.map(\.outcome) == [.cut])
        #expect(mock.capturedRequests.map(\.status) == [nil])
    }

    @Test("A client that disconnects while it waits is noticed at once")
    func disconnecting() async throws {
        let mock = try await MockServer.start(behavior: .init(latencySeconds: 60), capture: true)
        let client = RawClient(mock)
        let descriptor = try client.connected()
        let request = "GET /v1/models HTTP/1.1\r\nAuthorization: Bearer k\r\n\r\n"
        _ = request.withCString { send(descriptor, $0, request.utf8.count, 0) }
        while mock.requestCount == 0 { try await Task.sleep(for: .milliseconds(1)) }
        let disconnected = ContinuousClock.now
        close(descriptor)
        while mock.capturedRequests.first?.outcome == nil { try await Task.sleep(for: .milliseconds(1)) }
        let captured = try #require(mock.capturedRequests.first)
        #expect(captured.outcome == .clientDisconnected)
        #expect(try #require(captured.ended) - disconnected < .seconds(10))
        await mock.stop()
    }
}
