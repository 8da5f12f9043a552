import Foundation
import Synchronization
import Testing

@testable import ImagesAPI

@Suite("Batches and files")
struct BatchTests {
    @Test("Each call has its method, path and body")
    func calls() async throws {
        let server = try LoopbackServer { connection, request in
            if request.line.contains("/content") {
                connection.respond(headers: ["Content-Type: application/octet-stream"], json: "raw \u{0} bytes")
            } else if request.line.hasPrefix("GET /v1/batches?") {
                connection.respond(
                    json:
                        "{\"data\":[{\"id\":\"b1\",\"status\":\"completed\"},{\"id\":\"b2\",\"status\":\"new_word\"}],\"has_more\":true}"
                )
            } else if request.line.contains("/batches") {
                connection.respond(
                    json:
                        "{\"id\":\"b1\",\"status\":\"in_progress\",\"output_file_id\":null,\"request_counts\":{\"total\":3,\"completed\":1,\"failed\":0},\"metadata\":{\"a\":\"b\"}}"
                )
            } else {
                connection.respond(
                    json:
                        "{\"id\":\"file-1\",\"bytes\":7,\"purpose\":\"batch\",\"filename\":\"x.jsonl\",\"deleted\":true}"
                )
            }
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        let file = try await client.uploadFile(
            Data("{}\n".utf8), filename: "dir/x.jsonl", purpose: "batch", expiresAfterSeconds: 3_600)
        #expect(file.id == "file-1" && file.byteCount == 7 && file.purpose == "batch")
        _ = try await client.file("file-1")
        #expect(try await client.fileContent("file-1") == Data("raw \u{0} bytes".utf8))
        #expect(try await client.deleteFile("../x"))
        let batch = try await client.createBatch(
            inputFileID: "file-1", endpoint: "/v1/images/generations", metadata: ["a": "b"])
        #expect(batch.status == .inProgress && !batch.status.isFinal && batch.requestCount == 3)
        #expect(batch.metadata == ["a": "b"] && batch.outputFileID == nil)
        _ = try await client.batch("b1")
        _ = try await client.cancelBatch("b1")
        let page = try await client.batches(after: "b0 ", limit: 500)
        #expect(page.hasMore && page.items.map(\.id) == ["b1", "b2"] && page.items[1].status == "new_word")
        #expect(
            server.requests.map(\.line) == [
                "POST /v1/files HTTP/1.1", "GET /v1/files/file-1 HTTP/1.1", "GET /v1/files/file-1/content HTTP/1.1",
                "DELETE /v1/files/..%2Fx HTTP/1.1", "POST /v1/batches HTTP/1.1", "GET /v1/batches/b1 HTTP/1.1",
                "POST /v1/batches/b1/cancel HTTP/1.1", "GET /v1/batches?after=b0%20&limit=100 HTTP/1.1",
            ])
        let upload = String(decoding: server.requests[0].body, as: UTF8.self)
        #expect(upload.contains("name=\"purpose\"\r\n\r\nbatch\r\n"))
        #expect(upload.contains("name=\"expires_after[seconds]\"\r\n\r\n3600\r\n"))
        #expect(
            upload.contains("name=\"file\"; filename=\"x.jsonl\"\r\nContent-Type: application/jsonl\r\n\r\n{}\n\r\n"))
        #expect(
            String(decoding: server.requests[4].body, as: UTF8.self)
                == #"{"input_file_id":"file-1","endpoint":"/v1/images/generations","completion_window":"24h","metadata":{"a":"b"}}"#
        )
        #expect(server.requests[1].body.isEmpty && server.requests[1]["content-type"] == nil)
    }

    @Test("A provenance check sends the file as it is and reads every finding, known or not")
    func provenance() async throws {
        let server = try LoopbackServer { connection, _ in
            connection.respond(
                json: """
                    {"object":"content_provenance_check","created_at":7,"results":[
                    {"type":"c2pa","outcome":"detected","validation_state":"trusted","issuer":"OpenAI",
                    "model":"gpt-image-2","generated_at":"2026-11-01T00:00:00Z"},
                    {"type":"synthid","outcome":"not_detected","model":null},{"type":"new","outcome":"maybe"}]}
                    """)
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        let gif = Data("GIF89a......".utf8)
        let findings = try await client.checkProvenance(of: gif)
        #expect(findings.map(\.signal) == ["c2pa", "synthid", "new"])
        #expect(findings.map(\.isDetected) == [true, false, nil])
        #expect(findings[0].validationState == "trusted" && findings[0].issuer == "OpenAI")
        #expect(findings[0].model == .gptImage2 && findings[0].generatedAt == "2026-11-01T00:00:00Z")
        #expect(findings[1].model == nil)
        let sent = try #require(server.requests.first)
        #expect(sent.line == "POST /v1/content_provenance_checks HTTP/1.1")
        let body = String(decoding: sent.body, as: UTF8.self)
        #expect(
            body.contains("name=\"file\"; filename=\"image-0.gif\"\r\nContent-Type: image/gif\r\n\r\nGIF89a......\r\n"))
        for bytes in [Data(), Data("hello".utf8), Data("<svg/>".utf8)] {
            let error = await #expect(throws: ImagesAPIError.self) { try await client.checkProvenance(of: bytes) }
            #expect([.emptyImage, .unsupportedImageType].contains(error?.code))
        }
        #expect(server.requests.count == 1)
    }

    @Test("Lines stay within the limits of a file, and ids are unique")
    func writer() throws {
        var writer = Batch.InputWriter(maxLines: 2, maxBytes: 400)
        let request = GenerationRequest(prompt: "p", model: "m")
        #expect(try writer.append(request, customID: "a") == nil)
        #expect(try writer.append(request, customID: "b") == nil)
        let full = try #require(try writer.append(request, customID: "c"))
        #expect(
            String(decoding: full, as: UTF8.self)
                == #"{"custom_id":"a","method":"POST","url":"/v1/images/generations","body":{"model":"m","prompt":"p"}}"#
                + "\n"
                + #"{"custom_id":"b","method":"POST","url":"/v1/images/generations","body":{"model":"m","prompt":"p"}}"#
                + "\n")
        #expect(throws: ImagesAPIError.self) { try writer.append(request, customID: "a") }
        #expect(throws: ImagesAPIError.self) { try writer.append(request, customID: "") }
        #expect(throws: ImagesAPIError.self) {
            try writer.append(EditRequest(references: [.fileID("f")], prompt: "p", model: "m"), customID: "d")
        }
        let long = GenerationRequest(prompt: String(repeating: "x", count: 250), model: "m")
        #expect(try writer.append(long, customID: "e") != nil)
        #expect(throws: ImagesAPIError.self) {
            try writer.append(GenerationRequest(prompt: String(repeating: "x", count: 500), model: "m"), customID: "f")
        }
        #expect(writer.finish() != nil && writer.finish() == nil)
        var edits = Batch.InputWriter()
        #expect(throws: ImagesAPIError.self) {
            try edits.append(
                EditRequest(images: [try ImageUpload(Samples.png)], prompt: "p", model: "m"), customID: "a")
        }
        _ = try edits.append(EditRequest(references: [.fileID("f")], prompt: "p", model: "m"), customID: "a")
        #expect(
            edits.finish().map { String(decoding: $0, as: UTF8.self) }?.contains(
                #""url":"/v1/images/edits","body":{"model":"m","prompt":"p","images":[{"file_id":"f"}]}"#) == true)
    }

    /// The body of the only line that a writer has written.
    private static func line(_ writer: inout Batch.InputWriter) throws -> JSONValue? {
        let finished = writer.finish()
        let line = try #require(finished)
        return try JSONDecoder().decode(JSONValue.self, from: line)["body"]
    }

    @Test(
        "A line names the deployment of its model, also where a path would name it",
        arguments: [ServerProfile.azure(apiVersion: "v"), .azureV1, .openAI, .liteLLM])
    func deployments(server: ServerProfile) throws {
        var server = server
        server.deployments = [.gptImage2: "images-prod"]
        var writer = Batch.InputWriter(server: server)
        _ = try writer.append(GenerationRequest(prompt: "p", model: .gptImage2), customID: "a")
        #expect(try Self.line(&writer) == ["model": "images-prod", "prompt": "p"])
        #expect(writer.endpoint == "/v1/images/generations")
        let edit = EditRequest(references: [.fileID("f")], prompt: "p", model: .gptImage2)
        var edits = Batch.InputWriter(server: server)
        guard server.json != nil else {
            let error = #expect(throws: ImagesAPIError.self) { try edits.append(edit, customID: "a") }
            #expect(error?.code == .unsupportedFeature && edits.finish() == nil)
            return
        }
        _ = try edits.append(edit, customID: "a")
        #expect(try Self.line(&edits)?["model"] == "images-prod")
    }

    @Test("A line has the names and values of its server; one without batches is refused")
    func batchFields() throws {
        let server = ServerProfile("own") {
            $0.names = ["output_format": "format"]
            $0.values = ["output_format": ["jpeg": "jpg"]]
            $0.omittedFields = ["quality"]
            $0.fields = ["seed": 1]
        }
        var writer = Batch.InputWriter(server: server)
        let request = GenerationRequest(prompt: "p", model: "m", quality: .low, outputFormat: .jpeg)
        _ = try writer.append(request, customID: "a")
        #expect(try Self.line(&writer) == ["model": "m", "prompt": "p", "format": "jpg", "seed": 1])
        for server in [ServerProfile.xAI, .gemini, .localAI] {
            var writer = Batch.InputWriter(server: server)
            let error = #expect(throws: ImagesAPIError.self) { try writer.append(request, customID: "a") }
            #expect(error?.code == .unsupportedFeature)
        }
    }

    static let results: String = {
        let good =
            "{\"id\":\"r\",\"custom_id\":\"a\",\"response\":{\"status_code\":200,\"request_id\":\"req-1\",\"body\":\(Samples.response([Samples.png(byteCount: 3_000), Samples.jpeg]))},\"error\":null}"
        let refused =
            "{\"custom_id\":\"b\",\"response\":{\"status_code\":400,\"request_id\":\"req-2\",\"body\":{\"error\":{\"message\":\"m\",\"code\":\"moderation_blocked\"}}},\"error\":null}"
        let expired =
            "{\"custom_id\":\"c\",\"response\":null,\"error\":{\"code\":\"batch_expired\",\"message\":\"late\"}}"
        return good + "\n\n" + refused + "\r\n" + "{broken\n" + expired + "\n"
            + good.replacingOccurrences(of: "\"a\"", with: "\"d\"")
    }()

    private func check(_ results: [Batch.Result]) {
        #expect(results.map(\.customID) == ["a", "b", nil, "c", "d"])
        #expect(results.map(\.line) == [1, 3, 4, 5, 6])
        let images = results.map { try? $0.response.get().images.map(\.data?.count) }
        #expect(images == [[3_000, Samples.jpeg.count], nil, nil, nil, [3_000, Samples.jpeg.count]])
        let codes = results.map { result -> String? in
            if case .failure(let error) = result.response { error.code.rawValue } else { nil }
        }
        #expect(codes == [nil, "moderationBlocked", "malformedResponse", "httpError", nil])
        #expect((try? results[0].response.get().requestID) == "req-1")
    }

    @Test(
        "Result files are read line by line, in any pieces; a broken line does not spoil the next",
        arguments: [1, 7, 333, 100_000])
    func reader(piece: Int) {
        let bytes = Array(Self.results.utf8)
        var scanner = JSONLinesScanner(limits: ScanLimits(ImagesClient.ResponseLimits()))
        var results: [Batch.Result] = []
        for start in stride(from: 0, to: bytes.count, by: piece) {
            bytes[start..<min(start + piece, bytes.count)].withUnsafeBytes { piece in
                var index = 0
                while index < piece.count {
                    let (taken, line) = scanner.scan(UnsafeRawBufferPointer(rebasing: piece[index...]))
                    index += taken
                    if let line { results.append(Batch.Result(line)) }
                }
            }
        }
        if let last = scanner.finish() { results.append(Batch.Result(last)) }
        check(results)
    }

    @Test("Results are streamed as fast as the reader takes them")
    func streaming() async throws {
        let server = try LoopbackServer { connection, _ in
            connection.respond(headers: ["Content-Type: application/octet-stream"], json: Self.results)
        }
        defer { server.stop() }
        var results: [Batch.Result] = []
        for try await result in try Samples.client(server).batchResults(fileID: "file-9") { results.append(result) }
        check(results)
        #expect(server.requests.map(\.line) == ["GET /v1/files/file-9/content HTTP/1.1"])
    }

    @Test("A truncated or missing result file is an error, after the results before it")
    func broken() async throws {
        let server = try LoopbackServer { connection, request in
            if request.line.contains("missing") { connection.respond(404, json: "{}") }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n" + Self.results)
            connection.close()
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        for (id, count, code) in [("missing", 0, ImagesAPIError.Code.notFound), ("cut", 4, .connectionLost)] {
            var seen = 0
            var failure: ImagesAPIError?
            do {
                for try await _ in client.batchResults(fileID: id) { seen += 1 }
            } catch {
                failure = error
            }
            #expect(seen == count && failure?.code == code && failure?.mayHaveBeenBilled == false)
        }
        let content = await #expect(throws: ImagesAPIError.self) { try await client.fileContent("cut") }
        #expect(content?.code == .connectionLost && content?.mayHaveBeenBilled == false)
        let small = await #expect(throws: ImagesAPIError.self) { try await client.fileContent("cut", maxBytes: 100) }
        #expect(small?.code == .limitExceeded)
        for id in ["", ".", ".."] {
            let error = await #expect(throws: ImagesAPIError.self) { try await client.fileContent(id) }
            #expect(error?.code == .invalidRequest)
        }
    }

    @Test(
        "A batch that may have been started says so and is not started twice; what only reads costs nothing",
        arguments: ["reset", "504", "garbage", "502"])
    func ambiguous(kind: String) async throws {
        let server = try LoopbackServer { connection, _ in
            switch kind {
            case "reset": connection.reset()
            case "garbage": connection.respond(json: "{\"id\":")
            default:
                connection.respond(Int(kind) ?? 0, headers: kind == "504" ? ["x-should-retry: true"] : [], json: "")
            }
        }
        defer { server.stop() }
        let client = try Samples.client(server) {
            $0.retryPolicy = ImagesClient.RetryPolicy(maxRetries: 1)
            $0.retryPolicy.baseDelay = .milliseconds(1)
        }
        let error = await #expect(throws: ImagesAPIError.self) {
            try await client.createBatch(inputFileID: "f", endpoint: "/v1/images/generations")
        }
        // 502 is the proxy's: the server has not taken the request.
        #expect(error?.mayHaveBeenBilled == (kind != "502") && error?.isRetryable == (kind == "502"))
        #expect(server.requests.count == (kind == "502" ? 2 : 1))
        let read = await #expect(throws: ImagesAPIError.self) { try await client.batch("b") }
        #expect(read?.mayHaveBeenBilled == false)
        guard kind != "garbage" else { return }
        let file = await #expect(throws: ImagesAPIError.self) { try await client.fileContent("f") }
        #expect(file?.mayHaveBeenBilled == false)
    }

    @Test("A batch is one purchase: with the same key it is started once, and read back or unknown after that")
    func purchase() async throws {
        let server = try LoopbackServer { connection, request in
            if request.body.range(of: Data("lost".utf8)) != nil {
                connection.reset()
            } else {
                connection.respond(json: #"{"id":"batch-7","status":"validating"}"#)
            }
        }
        defer { server.stop() }
        let folder = try TemporaryFolder()
        let client = try Samples.client(server) { $0.spoolDirectory = folder.path }
        func start(_ file: String) async throws -> Batch {
            try await client.with { $0.purchaseKey = file }.createBatch(inputFileID: file, endpoint: "/v1/images/edits")
        }
        for _ in 0..<2 { #expect(try await start("file-1").id == "batch-7") }
        #expect(server.requests.count == 1)
        let journal = Purchase.DirectoryJournal(folder.path)
        let entry = try #require(try await journal.list().first)
        #expect(entry.state == .done && entry.purchase.operation == "batches")
        #expect(try folder.read("gesso-file-1.json").contains("batch-7"))

        let lost = await #expect(throws: ImagesAPIError.self) { try await start("lost") }
        #expect(lost?.mayHaveBeenBilled == true && lost?.facts["purchaseKey"] == "lost")
        let again = await #expect(throws: ImagesAPIError.self) { try await start("lost") }
        #expect(again?.code == .purchaseUnresolved && server.requests.count == 2)
    }

    @Test("An HTML page in place of a result file is an error")
    func page() async throws {
        let server = try LoopbackServer { connection, _ in
            connection.respond(
                headers: ["Content-Type: text/html; charset=utf-8"], json: "<html>\n<p>Sign in\n</html>\n")
        }
        defer { server.stop() }
        var seen = 0
        var failure: ImagesAPIError?
        do {
            for try await _ in try Samples.client(server).batchResults(fileID: "f") { seen += 1 }
        } catch {
            failure = error as? ImagesAPIError
        }
        #expect(seen == 0 && failure?.code == .unexpectedContent && failure?.mayHaveBeenBilled == false)
    }

    @Test("A file is refused if a lost connection would look like its end", arguments: [false, true])
    func delimited(isHTTP1: Bool) {
        for (fields, isDelimited) in [
            ([], !isHTTP1), ([("Content-Length", "0")], true), ([("transfer-encoding", "chunked")], true),
        ] {
            let head = ResponseHead(status: 200, fields: fields, isHTTP1: isHTTP1)
            for needsDelimiter in [false, true] {
                let bytes = BytesReceiver(
                    limits: ImagesClient.ResponseLimits(), maxBytes: 10, host: "h", needsDelimiter: needsDelimiter)
                let lines = LinesReceiver(
                    channel: EventChannel(rescue: { _ in [] }), limits: ImagesClient.ResponseLimits(), host: "h",
                    scrubber: SecretScrubber(), needsDelimiter: needsDelimiter)
                let expected = isDelimited || !needsDelimiter ? ReceiverVerdict.more : .stop
                #expect(bytes.head(head) == expected && lines.head(head) == expected)
                let label = lines.end(TransferEnding(outcome: .stopped))
                if expected == .stop { #expect(label == "connectionLost") }
            }
        }
    }

    @Test(
        "Whoever waits for a file is resumed once, when the transfer is abandoned or when it ends",
        arguments: [true, false])
    func abandonedFile(isAbandoned: Bool) async {
        let receiver = BytesReceiver(
            limits: ImagesClient.ResponseLimits(), maxBytes: 10, host: "h", needsDelimiter: false)
        let result = await withCheckedContinuation { waiter in
            receiver.continuation.withLock { $0 = waiter }
            if isAbandoned { receiver.abandon(TransferEnding(outcome: .cancelled)) }
            _ = receiver.end(TransferEnding(outcome: .shutDown))
        }
        guard case .failure(let error) = result else {
            Issue.record("It succeeded.")
            return
        }
        #expect(error.code == (isAbandoned ? .cancelled : .clientShutDown) && !error.mayHaveBeenBilled)
    }

    @Test("Models, files and batches are listed with all their fields")
    func lists() async throws {
        let server = try LoopbackServer { connection, request in
            switch request.line.split(separator: " ")[1].prefix(while: { $0 != "?" }) {
            case "/v1/models":
                connection.respond(
                    json:
                        #"{"data":[{"id":"gpt-image-2","created":7,"owned_by":"o","shutdown_date":"2026-12-01"},{"id":"x","shutdown_date":null}]}"#
                )
            case "/v1/files":
                connection.respond(
                    json:
                        #"{"data":[{"id":"f1","purpose":"evals","status_details":"bad line"},{"id":"f2"}],"has_more":true,"last_id":"f9"}"#
                )
            default:
                connection.respond(
                    json: """
                        {"data":[{"id":"b1","status":"failed","model":"gpt-image-2","completion_window":"24h","expires_at":9,
                        "in_progress_at":1,"finalizing_at":2,"completed_at":3,"failed_at":4,"expired_at":5,"cancelling_at":6,
                        "cancelled_at":7,"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3},
                        "errors":{"object":"list","data":[{"code":"invalid_json_line","message":"m","param":"body","line":3},7]}},
                        {"id":"b2","errors":null}],"has_more":true,"last_id":"b9"}
                        """)
            }
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        let models = try await client.models()
        #expect(models.map(\.id) == [.gptImage2, "x"] && models.map(\.shutdownDate) == ["2026-12-01", nil])
        #expect(
            models[0].raw["id"] == "gpt-image-2" && models[0].raw["created"] == 7 && models[0].raw["owned_by"] == "o")
        let files = try await client.files()
        #expect(files.items.map(\.id) == ["f1", "f2"] && files.hasMore && files.lastID == "f9")
        #expect(files.items[0].purpose == "evals" && files.items[0].statusDetails == "bad line")
        let page = try await client.batches()
        #expect(page.lastID == "b9")
        let batch = page.items[0]
        let error = ImagesAPIError.ErrorObject(
            message: "m", param: "body", code: "invalid_json_line", extra: ["line": 3])
        #expect(batch.errors == [error, ImagesAPIError.ErrorObject(message: "no explanation")])
        #expect(batch.model == .gptImage2 && batch.completionWindow == "24h" && batch.usage?.totalTokens == 3)
        let reached: [Batch.Status] = [
            .inProgress, .finalizing, .completed, .failed, .expired, .cancelling, .cancelled, .validating,
        ]
        #expect(reached.map { batch.time(of: $0) } == [1, 2, 3, 4, 5, 6, 7, nil] && batch.expires == 9)
        #expect(page.items[1].errors.isEmpty && page.items[1].usage == nil)
    }

    @Test("Invalid files and batches are refused before the network")
    func bounds() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: #"{"id":"f","purpose":"batch"}"#) }
        defer { server.stop() }
        let client = try Samples.client(server)
        for seconds in [-1, 0, 3_599, 2_592_001, .max] {
            let upload = await #expect(throws: ImagesAPIError.self) {
                try await client.uploadFile(
                    Data("x".utf8), filename: "x", purpose: "userData", expiresAfterSeconds: seconds)
            }
            let batch = await #expect(throws: ImagesAPIError.self) {
                try await client.createBatch(
                    inputFileID: "f", endpoint: "/v1/images/edits", outputExpiresAfterSeconds: seconds)
            }
            #expect(upload?.code == .invalidRequest && batch?.code == .invalidRequest)
        }
        let large = Data(count: Batch.InputWriter.maxBytes + 1)
        let error = await #expect(throws: ImagesAPIError.self) {
            try await client.uploadFile(large, filename: "x", purpose: "batch")
        }
        #expect(error?.code == .invalidRequest && error?.facts["allowed"] == "200000000")
        #expect(server.requests.isEmpty)
        for seconds in [3_600, 2_592_000] {
            _ = try await client.createBatch(
                inputFileID: "f", endpoint: "/v1/images/edits", outputExpiresAfterSeconds: seconds)
        }
        #expect(server.requests.count == 2)
        _ = try await client.fileContent("f")
        #expect(server.requests.last?["accept"] == "application/binary")
    }
}
