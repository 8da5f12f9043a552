import Foundation
import GessoCodecs
import GessoMockServer
import GessoPixels
import Testing

@Suite("Rendering")
struct RenderingTests {
    /// An image with color gradients and fine stripes.
    static func photograph(_ size: Size, format: Bitmap.Format = .rgb8) throws -> Bitmap {
        var bitmap = try Bitmap(size: size, format: format)
        let (rowBytes, channels) = (bitmap.bytesPerRow, format.channels)
        try bitmap.withMutableBytes { bytes throws(GessoError) in
            for y in 0..<size.height {
                for x in 0..<size.width {
                    let values = [x * 255 / size.width, y * 255 / size.height, (x / 7 + y / 5) % 2 * 90 + 80, 255]
                    for channel in 0..<channels {
                        bytes.storeBytes(
                            of: UInt8(values[channel]), toByteOffset: y * rowBytes + x * channels + channel,
                            as: UInt8.self)
                    }
                }
            }
        }
        return bitmap
    }

    static func png(_ bitmap: Bitmap) throws -> Data { try ImageEncoder.encode(bitmap, as: .png(effort: .fast)).data }

    private func image(_ reply: RawClient.Reply, _ index: Int = 0) throws -> ImageDecoder.Output {
        #expect(reply.status == 200, "\(reply.error)")
        let data = try #require(reply.json["data"] as? [[String: Any]])
        let text = try #require(data[index]["b64_json"] as? String)
        return try ImageDecoder.decode(#require(Data(base64Encoded: text)))
    }

    @Test(
        "A generation has the requested size, format and fields",
        arguments: [
            ("png", "1024x1024"), ("webp", "1536x1024"), ("jpeg", "832x800"),
        ])
    func generation(format: String, size: String) async throws {
        try await MockServer.run { mock in
            let reply = try RawClient(mock).postJSON(
                "/v1/images/generations",
                [
                    "model": "gpt-image-2", "prompt": "a hill", "size": size, "output_format": format, "quality": "low",
                    "user": "someone",
                ])
            let decoded = try image(reply)
            #expect("\(decoded.bitmap.size)" == size)
            #expect(decoded.header.format.rawValue == format)
            #expect(!decoded.header.hasAlpha)
            #expect(reply.json["size"] as? String == size)
            #expect(reply.json["output_format"] as? String == format)
            #expect(reply.json["quality"] as? String == "low")
            #expect(reply.json["background"] as? String == "opaque")
            #expect(reply.json["safety_identifier"] as? String == "someone")
            #expect((reply.json["created"] as? Int ?? 0) > 1_700_000_000)
            let usage = try #require(reply.json["usage"] as? [String: Any])
            #expect(
                usage["total_tokens"] as? Int == (usage["input_tokens"] as? Int ?? 0)
                    + (usage["output_tokens"] as? Int ?? 0))
        }
    }

    @Test("The same prompt gives the same image; another prompt and the next of n give another")
    func determinism() async throws {
        try await MockServer.run { mock in
            let client = RawClient(mock)
            func images(_ prompt: String) throws -> [Bitmap] {
                let reply = try client.postJSON(
                    "/v1/images/generations",
                    ["model": "gpt-image-2", "prompt": prompt, "size": "832x800", "n": 2, "output_format": "png"])
                return try (0..<2).map { try image(reply, $0).bitmap }
            }
            let first = try images("one")
            #expect(try images("one") == first)
            #expect(first[0] != first[1])
            #expect(try images("two")[0] != first[0])
        }
    }

    @Test("A transparent background leaves the corners transparent and the middle opaque")
    func transparency() async throws {
        try await MockServer.run { mock in
            let reply = try RawClient(mock).postJSON(
                "/v1/images/generations",
                ["model": "gpt-image-2.5-flare", "prompt": "x", "size": "832x800", "background": "transparent"])
            let mask = try Mask(alphaOf: image(reply).bitmap)
            #expect(reply.json["background"] as? String == "transparent")
            #expect((0.2...0.25).contains(mask.coveredFraction))
        }
    }

    @Test("An ideal edit keeps every pixel outside the mask and changes those inside")
    func idealEdit() async throws {
        let size = Size(width: 832, height: 800)
        let before = try Self.photograph(size)
        let mask = try Mask.ellipse(in: Rect(x: 200, y: 150, width: 300, height: 400), size: size)
        try await MockServer.run { mock in
            let reply = try RawClient(mock).postForm(
                "/v1/images/edits",
                [
                    .text("model", "gpt-image-2"), .text("prompt", "autumn"), .text("size", "\(size)"),
                    .file("image", try Self.png(before)), .file("mask", try Self.png(mask.alphaBitmap())),
                ])
            let after = try image(reply).bitmap
            let audit = try EditAudit.measuring(before: before, after: after, mask: mask)
            #expect(audit.changedPixelsOutside == 0)
            #expect(after != before)
            let usage = try #require(reply.json["usage"] as? [String: Any])
            let details = try #require(usage["input_tokens_details"] as? [String: Any])
            #expect(details["image_tokens"] as? Int == 65 + 129 * 4)
        }
    }

    @Test("Drift changes levels by at most the given number, and not by nothing", arguments: [1.0, 6.0])
    func drift(levels: Double) async throws {
        let size = Size(width: 832, height: 800)
        let before = try Self.photograph(size)
        let mask = try Mask.rectangle(Rect(x: 400, y: 400, width: 64, height: 64), size: size)
        try await MockServer.run(behavior: .init(drift: levels)) { mock in
            let reply = try RawClient(mock).postForm(
                "/v1/images/edits",
                [
                    .text("model", "gpt-image-2"), .text("prompt", "autumn"), .text("size", "\(size)"),
                    .file("image", try Self.png(before)), .file("mask", try Self.png(mask.alphaBitmap())),
                ])
            let audit = try EditAudit.measuring(before: before, after: image(reply).bitmap, mask: mask)
            #expect(audit.maxDrift <= levels)
            #expect(audit.meanDrift > levels / 5)
        }
    }

    @Test("A shift by whole pixels moves the image exactly; a scripted size replaces the requested one")
    func shiftAndSize() async throws {
        let size = Size(width: 832, height: 800)
        let before = try Self.photograph(size)
        let mask = try Mask.rectangle(Rect(x: 0, y: 0, width: 8, height: 8), size: size)
        func edited(_ behavior: MockServer.Behavior) async throws -> Bitmap {
            try await MockServer.run(behavior: behavior) { mock in
                try image(
                    RawClient(mock).postForm(
                        "/v1/images/edits",
                        [
                            .text("model", "gpt-image-2"), .text("prompt", "x"), .text("size", "\(size)"),
                            .file("image[]", try Self.png(before)), .file("mask", try Self.png(mask.alphaBitmap())),
                        ])
                ).bitmap
            }
        }
        let moved = try await edited(MockServer.Behavior(shiftX: 3, shiftY: -2))
        let inner = Rect(x: 100, y: 100, width: 400, height: 400)
        let source = Rect(x: 97, y: 102, width: 400, height: 400)
        #expect(try moved.cropped(to: inner) == before.cropped(to: source))
        #expect(try await edited(MockServer.Behavior(size: "640x480")).size == Size(width: 640, height: 480))
    }

    @Test("Captured requests are complete")
    func capture() async throws {
        let mock = try await MockServer.start(capture: true)
        let client = RawClient(mock)
        let png = try Self.png(Self.photograph(Size(width: 64, height: 48)))
        _ = try client.postForm(
            "/v1/images/edits",
            [.text("model", "gpt-image-2"), .text("prompt", "x"), .file("image[]", filename: "a.png", png)])
        _ = try client.postJSON("/v1/images/generations", ["prompt": ""])
        await mock.stop()
        let requests = mock.capturedRequests
        #expect(requests.map(\.path) == ["/v1/images/edits", "/v1/images/generations"])
        #expect(requests.map(\.status) == [200, 400])
        #expect(requests[0].parts.map(\.name) == ["model", "prompt", "image[]"])
        #expect(requests[0].parts(named: "image[]").first?.data == png)
        #expect(requests[0].parts(named: "image[]").first?.filename == "a.png")
        #expect(requests[0].header("Authorization") == "Bearer test")
        #expect(requests[1].body == Data(#"{"prompt":""}"#.utf8))
    }
}
