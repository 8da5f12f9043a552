import Foundation
import Testing

@testable import ImagesAPI

/// Shapes of responses that resemble those of the Images API, read from their bytes alone.
@Suite("Shapes of responses")
struct ResponseShapeTests {
    static let image = Samples.png(byteCount: 3_000)
    static let base64 = image.base64EncodedString()

    static func read(_ text: String) throws(ImagesAPIError) -> ImagesResponse {
        try ImagesResponse(saved: Data(text.utf8))
    }

    private static func wrapped(_ width: Int, _ lineBreak: String) -> String {
        stride(from: 0, to: base64.count, by: width).map { start in
            String(base64.dropFirst(start).prefix(width))
        }.joined(separator: lineBreak)
    }

    static let texts: [String] = {
        let urlSafe = base64.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
        let unpadded = Samples.png(byteCount: 3_000).base64EncodedString()
        return [
            base64, "data:image/png;base64,\(base64)", "DATA:image/png;charset=utf-8;BASE64,\(base64)",
            "data:image\\/png;base64,\(base64)", urlSafe, unpadded, wrapped(76, "\\n"), wrapped(61, "\\r\\n"),
            wrapped(64, "\n"), wrapped(7, " \\t"), wrapped(76, "\\u000a"), " \(base64) \\n",
            base64.replacingOccurrences(of: "/", with: "\\/"), base64.replacingOccurrences(of: "+", with: "\\u002B"),
        ]
    }()

    @Test("Base64 is read in every form that servers give it, split anywhere", arguments: texts)
    func base64Forms(text: String) throws {
        for document in [#"{"data":[{"b64_json":"\#(text)"}]}"#, #"{"images":["\#(text)"]}"#] {
            // The alphabets and escapes differ at the start, where other strings are recognized by their signature.
            if document.hasPrefix("{\"images"), text.hasPrefix("data:image\\") { continue }
            let bytes = Array(document.utf8)
            for split in stride(from: 0, through: bytes.count, by: 61) {
                var reader = ResponseReader(
                    head: ResponseHead(status: 200), limits: ImagesClient.ResponseLimits(), expectedImages: 1,
                    keepsRaw: true)
                bytes[..<split].withUnsafeBytes { reader.take($0) }
                bytes[split...].withUnsafeBytes { reader.take($0) }
                #expect(try reader.finish(isWhole: true).get().images.map(\.data) == [Self.image])
                #expect(reader.body?.data() == Data(bytes))
            }
        }
    }

    @Test("Missing padding is read; a last character that stands alone is not", arguments: [0, 1, 2])
    func padding(remainder: Int) throws {
        let data = Samples.png(byteCount: 300 + remainder)
        let text = data.base64EncodedString().replacingOccurrences(of: "=", with: "")
        #expect(try Self.read(#"{"data":[{"b64_json":"\#(text)"}]}"#).data == data)
        let error = #expect(throws: ImagesAPIError.self) {
            try Self.read(#"{"data":[{"b64_json":"\#(Samples.png(byteCount: 300).base64EncodedString())A"}]}"#)
        }
        #expect(error?.code == .malformedBase64)
    }

    @Test(
        "Images under other keys are found, and several of one place in their order",
        arguments: [
            (#"{"images":["A","B"]}"#, 2), (#"["A"]"#, 1), (#""A""#, 1),
            (#"{"result":{"data":[{"b64_json":"A"}]}}"#, 1),
            (#"{"data":{"b64_json":"A"}}"#, 1), (#"{"data":["A","B"]}"#, 2),
            (#"{"data":[{"b64":"A"},{"b64":"B"}]}"#, 2),
            (#"{"base64":["data:image/png;base64,A"],"finishReason":"SUCCESS"}"#, 1),
            (#"{"candidates":[{"content":{"parts":[{"inlineData":{"data":"A"}}]}}]}"#, 1),
            (
                #"{"status":"completed","output":[{"type":"reasoning"},{"type":"image_generation_call","result":"A"}]}"#,
                1
            ),
            (#"{"preview":"B","image":"A"}"#, 1), (#"{"parameters":{"init_images":["B"]},"images":["A"]}"#, 1),
            (#"{"data":[{"url":"data:image/png;base64,A"}]}"#, 1),
            (#"{"created":NaN,"x":-Infinity,"data":[{"b64_json":"A"}]}"#, 1),
        ])
    func places(template: String, count: Int) throws {
        let other = Samples.png(byteCount: 3_000, seed: 9)
        let text = template.replacingOccurrences(of: "A\"", with: Self.base64 + "\"")
            .replacingOccurrences(of: "B\"", with: other.base64EncodedString() + "\"")
        #expect(try Self.read(text).images.map(\.data) == Array([Self.image, other].prefix(count)))
    }

    @Test(
        "The first bytes decide, whatever they are called",
        arguments: [
            ("{", "documents"), (" \n[", "documents"), ("\u{FEFF}{", "documents"), ("data:x", "events"),
            ("\u{FEFF}event:x", "events"), (": ping", "events"), ("retry: 1\n", "events"), ("id\n", "events"),
            ("<html><svg>", "unknown"), ("<!DOCTYPE html><svg>", "unknown"), ("<svg>", "imageFile"),
            ("<?xml version='1.0'?><!-- x --><svg>", "imageFile"), ("<?xml version='1.0'?><error/>", "unknown"),
            ("datacenter busy", "unknown"), ("", "unknown"),
        ])
    func forms(text: String, form: String) throws {
        #expect("\(ResponseOpening.form(of: Data(text.utf8), mediaType: nil))" == form)
        guard !text.isEmpty else { return }
        // The same when the bytes arrive one by one.
        var scanner = ResponseBodyScanner(limits: ScanLimits())
        for byte in text.utf8 { _ = try withUnsafeBytes(of: byte) { try scanner.scan($0) } }
        _ = try? scanner.finish()
        #expect("\(scanner.form)" == form)
    }

    @Test("JSON Lines, and documents with something behind them, are read")
    func lines() throws {
        let item = #"{"data":[{"b64_json":"\#(Self.base64)"}]}"#
        let partial = #"{"type":"image_generation.partial_image","b64_json":"\#(Samples.png.base64EncodedString())"}"#
        let done = #"{"type":"image_generation.completed","b64_json":"\#(Self.base64)"}"#
        for text in [
            "\(partial)\n\(done)\n", "\(partial)\r\n\(item)\r\n", "{\"status\":\"processing\"}\n\(item)",
            "\(item)\n\n{}",
            "\(item)\n<!-- cached -->", "\(item){\"x\":", "\u{FEFF}\(item)",
        ] {
            #expect(try Self.read(text).images.map(\.data) == [Self.image])
        }
        let file = try ImagesResponse(saved: Self.image)
        #expect(file.images.map(\.data) == [Self.image] && file.images[0].contentType == .png)
    }

    @Test(
        "A response without an image says why",
        arguments: [
            (#"{"code":200,"data":[{"status":"submitted","task_id":"t1"}]}"#, "accepted"),
            (#"{"id":"t1","polling_url":"https://h/p"}"#, "accepted"),
            (#"{"id":"t1","status":"IN_QUEUE"}"#, "accepted"),
            (#"{"status":"processing","input":{"image":"A"}}"#, "accepted"),
            (#"{"data":[{"url":"","b64_json":null}]}"#, "moderationBlocked"),
            (#"{"data":[{"url":"https://h/a.png","respect_moderation":false}]}"#, "moderationBlocked"),
            (#"{"data":[],"respect_moderation":false}"#, "moderationBlocked"),
            (#"{"status":"Content Moderated","id":"x"}"#, "moderationBlocked"),
            (#"{"status":"failed","message":"x","images":["A"]}"#, "serverError"),
            (#"{"success":false,"images":["A"]}"#, "serverError"), (#"{"error":"x","images":["A"]}"#, "serverError"),
            (#"{"error":{"message":"x"},"data":[{"b64_json":"A"}]}"#, "serverError"),
            (#"{"errors":[{"title":"x"}],"images":["A"]}"#, "serverError"),
            (#"{"error":{"image":"A","message":"x"}}"#, "serverError"),
            (#"[{"error":{"message":"A"}}]"#, "serverError"),
            (#"{"object":"error","message":"x","image":"A"}"#, "serverError"),
            (#"{"code":1001,"msg":"no balance","data":null}"#, "quotaExceeded"),
            (#"{"detail":"busy"}"#, "serverError"), (#"{"input":{"image":"A"},"data":[]}"#, "emptyResponse"),
            (#"{"code":0,"message":"success","data":[]}"#, "emptyResponse"), (#"{"image":"AAAA"}"#, "emptyResponse"),
            (#"{"mask":"A"}"#, "emptyResponse"), (#"{"error":null,"data":[]}"#, "emptyResponse"),
        ])
    func reasons(template: String, code: String) {
        let error = #expect(throws: ImagesAPIError.self) {
            try Self.read(template.replacingOccurrences(of: "\"A\"", with: "\"\(Self.base64)\""))
        }
        #expect(error?.code.rawValue == code && error?.mayHaveBeenBilled == true)
        if code == "accepted", template.contains("t1") { #expect(error?.facts["id"] == "t1") }
        if template.contains("polling_url") { #expect(error?.facts["url"] == "https://h/p") }
    }

    @Test("Addresses count only where there is no image, and relative ones belong to the server")
    func addresses() throws {
        func urls(_ text: String) throws -> [String] { try Self.read(text).images.compactMap(\.url) }
        #expect(try urls(#"{"data":[{"url":"https://h/a"},{"url":"https://h/b"}]}"#) == ["https://h/a", "https://h/b"])
        #expect(try urls(#"{"output":["https://h/a"]}"#) == ["https://h/a"])
        #expect(try urls(#"{"result":{"sample":"https://h/a"},"status":"Ready","id":"x"}"#) == ["https://h/a"])
        #expect(try urls(#"{"images":[{"image_url":"https://h/a"}],"docs":"https://h/d"}"#) == ["https://h/a"])
        let both = try Self.read(#"{"images":["\#(Self.base64)"],"url":"https://h/a"}"#)
        #expect(both.images.map(\.data) == [Self.image])
        var head = ResponseHead(status: 200)
        head.baseURL = "http://127.0.0.1:8080/shape/v1"
        #expect(head.absolute("/files/a.png") == "http://127.0.0.1:8080/files/a.png")
        #expect(head.absolute("a.png") == "http://127.0.0.1:8080/shape/a.png")
        #expect(head.absolute("https://h/a") == "https://h/a")
    }

    @Test("No image comes out of the body of an error, wherever it puts one")
    func errorBodies() {
        var generator = SplitMix(seed: 17)
        let keys = ["image", "images", "data", "b64_json", "result", "output", "url", "message", "x"]
        func value(_ depth: Int) -> String {
            switch Int.random(in: 0..<(depth > 3 ? 3 : 6), using: &generator) {
            case 0: return "\"\(Self.base64)\""
            case 1: return "\"data:image/png;base64,\(Self.base64)\""
            case 2: return ["null", "7", "\"text\"", "\"https://h/a.png\""].randomElement(using: &generator) ?? "1"
            case 3: return "[\((0..<2).map { _ in value(depth + 1) }.joined(separator: ","))]"
            default:
                let members = (0..<3).map { _ in
                    "\"\(keys.randomElement(using: &generator) ?? "x")\":\(value(depth + 1))"
                }
                return "{\(members.joined(separator: ","))}"
            }
        }
        for round in 0..<300 {
            let stated = [
                #""error":{"message":"m"}"#, #""error":"m""#, #""errors":["m"]"#, #""object":"error""#,
                #""status":"failed""#,
                #""success":false"#,
            ]
            let other = "\"\(keys.randomElement(using: &generator) ?? "x")\":\(value(0))"
            let isLast = round % 2 == 0
            let error = stated[round % stated.count]
            let text = isLast ? "{\(other),\(error)}" : "{\(error),\(other)}"
            // In the places of the API itself an image counts unless the response states an error.
            let statesError = error.hasPrefix("\"error") || error.contains("object")
            guard statesError || (!text.contains("b64_json") && !text.contains("\"url\"")) else { continue }
            _ = #expect(throws: ImagesAPIError.self, "\(text.prefix(200))") { try Self.read(text) }
        }
    }

    /// Base64 in lines of so many characters.
    static func lines(_ width: Int, _ lineBreak: String) -> String {
        stride(from: 0, to: base64.utf8.count, by: width).map { String(base64.dropFirst($0).prefix(width)) }
            .joined(separator: lineBreak)
    }

    @Test("The same in lines of base64, and in the URL-safe alphabet")
    func rawLines() throws {
        let urlSafe = Self.base64.replacing("+", with: "-").replacing("/", with: "_")
        let images = [
            Self.lines(76, "\\n"), Self.lines(64, "\\r\\n"), Self.lines(76, "\\u000d\\u000a"), Self.lines(61, "\\n"),
            Self.lines(600, "\n"), Self.lines(76, "\\n") + "\\n\\n" + Self.lines(76, "\\n"), urlSafe,
            Self.base64 + urlSafe, urlSafe + Self.base64,
            Self.lines(76, "\\n").replacing("+", with: "-").replacing("/", with: "_"),
        ]
        for image in images { try checkBody(#"{"data":[{"b64_json":"\#(image)"},{"b64_json":"!"}]}"#) }
    }

    @Test("A text that begins like an image is read alike, split anywhere")
    func similarTexts() throws {
        for tail in ["?", "=W", "\u{18}", "\u{1}\\n", "é"] {
            let text = Array(#"{"x":"\#(Self.base64.prefix(80))\#(tail)\#(Self.base64.prefix(80))","data":[]}"#.utf8)
            let codes = [text.count, 100, 40, 7, 1].map { width in
                var reader = ResponseReader(
                    head: ResponseHead(status: 200), limits: ImagesClient.ResponseLimits(), expectedImages: 1)
                for start in stride(from: 0, to: text.count, by: width) {
                    text[start..<min(start + width, text.count)].withUnsafeBytes { reader.take($0) }
                }
                if case .failure(let error) = reader.finish(isWhole: true) { return error.code.rawValue }
                return ""
            }
            #expect(Set(codes) == ["emptyResponse"], "\(tail)")
        }
    }

    @Test("What cannot be read is in the error byte for byte, split anywhere")
    func rawBytes() throws {
        let event = "data: {\"type\":\"image_generation.completed\",\"b64_json\":\"\(Self.base64)\"}\n\n"
        for text in [
            #"{"data":[{"b64_json":"\#(Self.base64)"},{"b64_json":"!\#(Self.base64)"}]}"#,
            "<html>\(Self.base64)</html>",
            #"{"data":[{"b64_json":"\#(Self.base64.dropLast(700))"#, ": ping\n\n\(event)data: {\"error\":\"x\"}\n\n",
            #"{"images":["\#(Self.base64)"],"error":"x"}"#, "\(event)data: {\"b64",
        ] {
            try checkBody(text)
        }
    }

    private func checkBody(_ text: String) throws {
        let bytes = Array(text.utf8)
        for width in [bytes.count, 1_024, 613, 90, 7] {
            var reader = ResponseReader(
                head: ResponseHead(status: 200), limits: ImagesClient.ResponseLimits(), expectedImages: 2,
                keepsRaw: true)
            for start in stride(from: 0, to: bytes.count, by: width) {
                bytes[start..<min(start + width, bytes.count)].withUnsafeBytes { reader.take($0) }
            }
            #expect(throws: ImagesAPIError.self) { try reader.finish(isWhole: true).get() }
            #expect(reader.body?.data() == Data(bytes), "\(text.prefix(30)) by \(width)")
        }
    }
}

@Suite("Unusable responses over HTTP")
struct UnusableResponseTests {
    @Test("The error has the body as it came, plain and streamed", arguments: [false, true])
    func body(isStreamed: Bool) async throws {
        let text = #"{"data":[{"b64_json":"\#(ResponseShapeTests.base64)x!"}],"note":"kept"}"#
        let server = try LoopbackServer { connection, _ in connection.respond(200, headers: [], json: text) }
        defer { server.stop() }
        let client = try Samples.client(server)
        let error: ImagesAPIError? =
            if isStreamed {
                await StreamingTests.read(client.generateStream(Samples.generation)).error
            } else {
                await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
            }
        #expect(error?.code == .malformedBase64 && error?.mayHaveBeenBilled == true)
        #expect(error?.body == Data(text.utf8))
    }

    @Test("A plain response is read from an event stream, and a stream from a plain document")
    func otherForms() async throws {
        let document = Samples.response([Samples.png])
        let events =
            StreamingTests.event("partial_image", Samples.png, index: 0)
            + StreamingTests.event("completed", Samples.jpeg)
        for (text, image) in [(document, Samples.png), (events, Samples.jpeg)] {
            let server = try LoopbackServer { connection, _ in
                connection.respond(200, headers: ["Content-Type: text/html"], json: text)
            }
            defer { server.stop() }
            let client = try Samples.client(server)
            #expect(try await client.generate(Samples.generation).data == image)
            #expect(try await client.generateStream(Samples.generation).response().data == image)
        }
    }

    @Test("What the server says that it charged is what is spent; what is not known counts as reserved")
    func spending() async throws {
        for (extra, headers, dollars) in [
            (#","usage":{"cost":0.04}"#, [], 0.04), (#","usage":{"cost_in_usd_ticks":200000000}"#, [], 0.02),
            ("", ["x-litellm-response-cost: 0.125"], 0.125),
            (#","usage":{"input_tokens":0,"output_tokens":0,"total_tokens":0}"#, [], 0.25),
            ("", [], 0.25),
        ] as [(String, [String], Double)] {
            let text = #"{"data":[{"b64_json":"\#(Samples.png.base64EncodedString())"}]\#(extra)}"#
            let server = try LoopbackServer { connection, _ in
                connection.respond(200, headers: ["Content-Type: application/json"] + headers, json: text)
            }
            defer { server.stop() }
            let client = try Samples.client(server) {
                ($0.spendingLimit, $0.assumedPrice) = (1, 0.25)
            }
            let response = try await client.generate(Samples.generation)
            #expect(response.reportedCost == (dollars == 0.25 ? nil : dollars))
            #expect(abs(client.spending.dollars - dollars) < 1e-9 && client.spending.reserved == 0)
        }
    }
}
