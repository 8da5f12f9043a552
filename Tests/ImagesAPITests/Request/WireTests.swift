import Foundation
import Testing

@testable import ImagesAPI

/// Responses that violate HTTP, or use its rare forms.
@Suite("Wire format")
struct WireTests {
    struct Framing: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var head: String
        /// How the body is sent; the plain body by default.
        var body: @Sendable (String) -> String = { $0 }
        /// What it must end in; nil when the whole image must come out of it all the same.
        var code: ImagesAPIError.Code?
        /// How much of the body must have come by then.
        var bytes = 0
        init(
            _ name: String, _ head: String, _ code: ImagesAPIError.Code?, after bytes: Int = 0,
            body: @escaping @Sendable (String) -> String = { $0 }
        ) {
            (testDescription, self.head, self.code, self.bytes, self.body) = (name, head, code, bytes, body)
        }
    }

    static let json = Samples.response([Samples.png(byteCount: 3_000)])
    static let length = json.utf8.count

    static let framings = [
        Framing("too short a length", "Content-Length: \(length - 10)", .malformedResponse),
        Framing("too long a length", "Content-Length: \(length + 10)", .connectionLost, after: length),
        Framing("a negative length", "Content-Length: -1", .malformedResponse),
        Framing("a length beyond 64 bits", "Content-Length: 99999999999999999999999", nil),
        Framing("two lengths", "Content-Length: \(length)\r\nContent-Length: \(length - 10)", .malformedResponse),
        Framing("a length and chunks", "Content-Length: 10\r\nTransfer-Encoding: chunked", nil) {
            StreamingTests.chunk($0) + "0\r\n\r\n"
        },
        Framing("trailers", "Transfer-Encoding: chunked", nil) {
            StreamingTests.chunk($0) + "0\r\nX: y\r\nContent-Length: 5\r\n\r\n"
        },
        Framing("no last chunk", "Transfer-Encoding: chunked", .connectionLost, after: length) {
            StreamingTests.chunk($0)
        },
        Framing("a chunk of 2^64", "Transfer-Encoding: chunked", .connectionLost) {
            "10000000000000000\r\n" + $0 + "\r\n0\r\n\r\n"
        },
        Framing("a negative chunk", "Transfer-Encoding: chunked", .connectionLost) {
            "-5\r\n" + $0 + "\r\n0\r\n\r\n"
        },
        Framing("a longer chunk than there is", "Transfer-Encoding: chunked", .connectionLost, after: length) {
            // To the end of the connection: what the server's last chunk would be is part of this one.
            String(length + 9, radix: 16) + "\r\n" + $0 + "\r\n"
        },
    ]

    @Test("Wrong lengths and chunks never turn part of an image into an image", arguments: framings)
    func framing(_ framing: Framing) async throws {
        let server = try LoopbackServer { connection, _ in
            connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\(framing.head)\r\n\r\n")
            connection.write(framing.body(Self.json))
            connection.close()
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        if let code = framing.code {
            let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
            #expect(error?.code == code)
            #expect(error?.mayHaveBeenBilled == true && error?.isRetryable == false)
            // If the image is complete before the cut, only the framing shows it.
            #expect(error?.bytesReceived ?? 0 >= framing.bytes)
        } else {
            #expect(try await client.generate(Samples.generation).data == Samples.png(byteCount: 3_000))
        }
        #expect(server.requests.count == 1)
    }

    @Test(
        "Every kind of JSON is read as JSON, whatever its name",
        arguments: [
            "application/json", "APPLICATION/JSON ; Charset=utf-8", "application/vnd.api+json", "text/json",
            "text/plain", "application/problem+json", "application/octet-stream", "",
        ])
    func mediaTypes(type: String) async throws {
        let server = try LoopbackServer { connection, _ in
            connection.respond(headers: type.isEmpty ? [] : ["Content-Type: \(type)"], json: Self.json)
        }
        defer { server.stop() }
        #expect(try await Samples.client(server).generate(Samples.generation).images.count == 1)
    }

    @Test("No cookie of a response is stored or sent")
    func cookies() async throws {
        let server = try LoopbackServer { connection, _ in
            connection.respond(headers: ["Content-Type: application/json", "Set-Cookie: a=b; Path=/"], json: Self.json)
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        for _ in 0..<2 { _ = try await client.generate(Samples.generation) }
        #expect(server.requests.map { $0["cookie"] } == [nil, nil])
    }

    @Test(
        "A media type in capitals is an event stream too, and an empty one has ended early", arguments: [true, false])
    func eventStreams(isEmpty: Bool) async throws {
        let server = try LoopbackServer { connection, _ in
            let body = isEmpty ? "" : StreamingTests.event("completed", Samples.png)
            connection.respond(headers: ["CONTENT-TYPE: TEXT/EVENT-STREAM; Charset=UTF-8"], json: body)
        }
        defer { server.stop() }
        let outcome = await StreamingTests.read(try Samples.client(server).generateStream(Samples.generation))
        #expect(outcome.log.count == (isEmpty ? 0 : 1))
        #expect(outcome.error?.code == (isEmpty ? .streamEndedEarly : nil))
    }

    @Test("A stream response without a body, or with null, is an error", arguments: ["", "null", "{}"])
    func noBody(text: String) async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: text) }
        defer { server.stop() }
        let outcome = await StreamingTests.read(try Samples.client(server).generateStream(Samples.generation))
        #expect(outcome.log.isEmpty && outcome.error?.code == .emptyResponse)
        #expect(outcome.error?.mayHaveBeenBilled == true)
    }

    @Test("Bytes decide the type of an image, not the response")
    func declaredFormat() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.jpeg])) }
        defer { server.stop() }
        let response = try await Samples.client(server).generate(Samples.generation)
        #expect(response.outputFormat == .png && response.images[0].contentType == .jpeg)
    }

    @Test("Retries use one connection and leave none open")
    func repeats() async throws {
        let count = Locked(0)
        let server = try LoopbackServer { connection, _ in
            let number = count.withLock {
                $0 += 1
                return $0
            }
            if number % 3 != 0 {
                connection.respond(503, json: "{\"error\":{\"message\":\"busy\"}}")
            } else {
                connection.respond(json: Self.json)
            }
        }
        defer { server.stop() }
        let client = try Samples.client(server) {
            $0.retryPolicy = ImagesClient.RetryPolicy()
            $0.retryPolicy.baseDelay = .milliseconds(1)
        }
        for _ in 0..<20 { #expect(try await client.generate(Samples.generation).attempts == 3) }
        #expect(server.requests.count == 60 && server.connections == 1)
    }

    @Test("The total timeout ends an endless stream, and the error contains what arrived")
    func streamDeadline() async throws {
        let server = try LoopbackServer { connection, _ in
            connection.write(
                StreamingTests.head + "\r\n" + StreamingTests.event("partial_image", Samples.png, index: 0))
            while connection.write(": still drawing\n\n"), !connection.seesHangUp(within: 0.01) {}
        }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.timeouts.total = .milliseconds(600) }
        let outcome = await StreamingTests.read(client.generateStream(Samples.generation, partialImages: 1))
        #expect(outcome.log.count == 1 && outcome.error?.code == .totalTimeout)
        #expect(outcome.error?.partialImages.map(\.data) == [Samples.png])
    }

    @Test("A stream in a cancelled task sends nothing")
    func cancelledBefore() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Self.json) }
        defer { server.stop() }
        let client = try Samples.client(server)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await StreamingTests.read(client.generateStream(Samples.generation)).error
        }
        let error = await task.value
        #expect(error?.code == .cancelled && error?.mayHaveBeenBilled == false)
        #expect(server.connections == 0)
    }

    @Test("Time that a paused transfer waits for its consumer is not the server's silence")
    func pausedIdle() async throws {
        let image = Samples.png(byteCount: 2_000_000)
        let server = try LoopbackServer { connection, _ in
            connection.write(StreamingTests.head + "\r\n")
            for index in 0..<4 { connection.write(StreamingTests.event("partial_image", image, index: index)) }
            connection.write(StreamingTests.event("completed", Samples.png))
            connection.close()
        }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.timeouts.idle = .milliseconds(500) }
        var count = 0
        for try await _ in client.generateStream(Samples.generation, partialImages: 3) {
            count += 1
            if count == 1 { try await Task.sleep(for: .milliseconds(1_200)) }
        }
        #expect(count == 5)
    }
}
