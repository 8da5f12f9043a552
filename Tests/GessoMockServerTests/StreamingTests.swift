import Foundation
import GessoCodecs
import GessoMockServer
import GessoPixels
import Testing

@Suite("Streaming")
struct StreamingTests {
    /// The events of a body, parsed strictly in the format that the mock server writes without faults.
    static func events(_ body: Data) throws -> [(name: String, data: [String: Any])] {
        try String(decoding: dechunked(body), as: UTF8.self).components(separatedBy: "\n\n").filter { !$0.isEmpty }.map
        {
            let lines = $0.components(separatedBy: "\n")
            try #require(lines.count == 2 && lines[0].hasPrefix("event: ") && lines[1].hasPrefix("data: "))
            let data = try JSONSerialization.jsonObject(with: Data(lines[1].dropFirst(6).utf8))
            return (String(lines[0].dropFirst(7)), try #require(data as? [String: Any]))
        }
    }

    /// A body without its chunked coding; an incomplete last chunk is kept as far as it goes.
    static func dechunked(_ body: Data) -> Data {
        var (result, rest) = (Data(), body[...])
        while let end = rest.firstRange(of: Data("\r\n".utf8)) {
            guard let size = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16), size > 0 else {
                break
            }
            result.append(rest[end.upperBound...].prefix(size))
            rest = rest[end.upperBound...].dropFirst(size + 2)
        }
        return result
    }

    static var small: [String: Any] {
        [
            "model": "gpt-image-2.6-flare", "prompt": "x", "size": "832x800", "output_format": "webp",
            "output_compression": 10, "stream": true,
        ]
    }

    @Test("A stream has the requested number of partial images, then the final image with its usage", arguments: 0...3)
    func generation(partials: Int) async throws {
        try await MockServer.run { mock in
            let client = RawClient(mock)
            let request = Self.small.merging(["partial_images": partials]) { $1 }
            let reply = try client.postJSON("/v1/images/generations", request)
            #expect(reply.headers["content-type"]?.hasPrefix("text/event-stream") == true)
            let events = try Self.events(reply.body)
            let name = "image_generation."
            #expect(
                events.map(\.name) == Array(repeating: name + "partial_image", count: partials) + [name + "completed"])
            #expect(events.allSatisfy { $0.name == $0.data["type"] as? String })
            #expect(
                events.dropLast().map { $0.data["partial_image_index"] as? Int } == (0..<partials).map(Optional.some))
            for event in events {
                let file = try #require(Data(base64Encoded: event.data["b64_json"] as? String ?? ""))
                #expect(try ImageHeader(probing: file).size == Size(width: 832, height: 800))
                #expect(event.data["size"] as? String == "832x800")
                #expect(event.data["output_format"] as? String == "webp")
                #expect(event.data["quality"] as? String == "medium")
                #expect(event.data["background"] as? String == "opaque")
                #expect((event.data["created_at"] as? Int ?? 0) > 1_700_000_000)
            }
            let usage = try #require(events.last?.data["usage"] as? [String: Any])
            #expect(usage["output_tokens"] as? Int == TokenCounts.medium832x800 + 100 * partials)
            #expect(usage["output_tokens_details"] == nil)

            // The same image as in a response that is not streamed.
            let whole = try client.postJSON("/v1/images/generations", Self.small.merging(["stream": false]) { $1 })
            let data = try #require(whole.json["data"] as? [[String: Any]])
            #expect(data.first?["b64_json"] as? String == events.last?.data["b64_json"] as? String)
        }
    }

    enum TokenCounts { static let medium832x800 = 1472 }

    @Test("Events of edits have their own names; several images follow one another")
    func edit() async throws {
        try await MockServer.run { mock in
            let png = try RenderingTests.png(RenderingTests.photograph(Size(width: 64, height: 48)))
            let reply = try RawClient(mock).postForm(
                "/v1/images/edits",
                [
                    .text("model", "gpt-image-2"), .text("prompt", "x"), .text("size", "832x800"), .text("n", "2"),
                    .text("stream", "true"), .text("partial_images", "1"), .file("image", png),
                ])
            let names = try Self.events(reply.body).map(\.name)
            #expect(names == ["image_edit.partial_image", "image_edit.completed", "image_edit.completed"])
        }
    }

    @Test("The usages of a stream's images add up to that of a response that is not streamed", arguments: [1, 2, 3])
    func usage(count: Int) async throws {
        try await MockServer.run { mock in
            let client = RawClient(mock)
            let png = try RenderingTests.png(RenderingTests.photograph(Size(width: 64, height: 48)))
            func body(_ more: [Form.Part]) throws -> RawClient.Reply {
                let parts: [Form.Part] = [
                    .text("model", "gpt-image-2"), .text("prompt", "five tokens of text"), .text("size", "832x800"),
                    .text("n", "\(count)"), .text("output_format", "jpeg"), .file("image", png),
                ]
                return try client.postForm("/v1/images/edits", parts + more)
            }
            let whole = try #require(try body([]).json["usage"] as? [String: Any])
            let usages = try Self.events(try body([.text("stream", "true"), .text("partial_images", "2")]).body)
                .compactMap { $0.data["usage"] as? [String: Any] }
            #expect(usages.count == count)
            func sum(_ key: String) -> Int { usages.compactMap { $0[key] as? Int }.reduce(0, +) }
            for (key, partials) in [("input_tokens", 0), ("output_tokens", 200), ("total_tokens", 200)] {
                #expect(try sum(key) == #require(whole[key] as? Int) + partials)
            }
            for usage in usages {
                let details = try #require(usage["input_tokens_details"] as? [String: Int])
                #expect(details.values.reduce(0, +) == usage["input_tokens"] as? Int)
                #expect((usage["output_tokens"] as? Int ?? 0) >= TokenCounts.medium832x800)
            }
        }
    }

    @Test("An invalid request is refused before the stream begins")
    func refusal() async throws {
        try await MockServer.run { mock in
            let request = Self.small.merging(["n": 11]) { $1 }
            let reply = try RawClient(mock).postJSON("/v1/images/generations", request)
            #expect(reply.status == 400)
            #expect(reply.error["code"] as? String == "integer_above_max_value")
        }
    }

    @Test("An HTTP/1.0 client gets the events, ended by closing the connection")
    func http10() async throws {
        try await MockServer.run { mock in
            let body = try JSONSerialization.data(withJSONObject: Self.small)
            let head =
                "POST /v1/images/generations HTTP/1.0\r\nAuthorization: Bearer k\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.count)\r\n\r\n"
            let bytes = try RawClient(mock).exchange(Data(head.utf8) + body)
            let reply = try #require(RawClient.parse(bytes))
            #expect(reply.headers["transfer-encoding"] == nil)
            #expect(String(decoding: reply.body, as: UTF8.self).hasPrefix("event: image_generation.completed\ndata: {"))
        }
    }
}
