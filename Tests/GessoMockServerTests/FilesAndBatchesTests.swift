import Foundation
import GessoCodecs
import GessoMockServer
import GessoPixels
import Testing

@Suite("Files, batches, variations and provenance")
struct FilesAndBatchesTests {
    private func upload(_ client: RawClient, _ data: Data, purpose: String, name: String = "a.jsonl") throws -> String {
        let reply = try client.postForm(
            "/v1/files",
            [.text("purpose", purpose), .file("file", filename: name, type: "application/octet-stream", data)])
        #expect(reply.status == 200, "\(reply.error)")
        #expect(reply.json["bytes"] as? Int == data.count)
        return try #require(reply.json["id"] as? String)
    }

    @Test("Files are stored, listed, downloaded and deleted")
    func files() async throws {
        try await MockServer.run { mock in
            let client = RawClient(mock)
            let content = Data("one\ntwo\n".utf8)
            let ids = try (0..<3).map { _ in try upload(client, content, purpose: "user_data") }
            #expect(try client.send("GET", "/v1/files/\(ids[0])/content").body == content)
            let page = try client.send("GET", "/v1/files?limit=2&order=asc&after=\(ids[0])").json
            #expect((page["data"] as? [[String: Any]])?.map { $0["id"] as? String } == [ids[1], ids[2]])
            #expect(page["has_more"] as? Bool == false)
            #expect(try client.send("DELETE", "/v1/files/\(ids[0])").json["deleted"] as? Bool == true)
            #expect(try client.send("GET", "/v1/files/\(ids[0])").status == 404)
            #expect(try client.postForm("/v1/files", [.text("purpose", "evil"), .file("file", content)]).status == 400)
        }
    }

    @Test(
        "A file that is too large for memory is downloaded as it was uploaded", arguments: [65_536, 65_537, 3_000_001])
    func largeFiles(count: Int) async throws {
        try await MockServer.run { mock in
            let client = RawClient(mock)
            let content = Data((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
            let id = try upload(client, content, purpose: "user_data")
            #expect(try client.send("GET", "/v1/files/\(id)/content").body == content)
        }
    }

    @Test("A batch reads lines of any length from a file of any size")
    func largeBatch() async throws {
        try await MockServer.run(behavior: .init(size: "16x16")) { mock in
            let client = RawClient(mock)
            let prompts = [1, 30_000, 5, 31_000, 29_000, 12_000, 31_999].map { String(repeating: "x", count: $0) }
            let id = try createBatch(client, prompts.enumerated().map { line("\($0)", prompt: $1) })
            let counts = try #require(try await finished(client, id)["request_counts"] as? [String: Int])
            #expect(counts == ["total": 7, "completed": 7, "failed": 0])
        }
    }

    @Test("An edit takes its images from stored files")
    func references() async throws {
        try await MockServer.run { mock in
            let client = RawClient(mock)
            let png = try RenderingTests.png(RenderingTests.photograph(Size(width: 64, height: 48)))
            let id = try upload(client, png, purpose: "vision", name: "a.png")
            let request: [String: Any] = [
                "model": "gpt-image-2", "prompt": "x", "size": "832x800", "images": [["file_id": id]],
            ]
            #expect(try client.postJSON("/v1/images/edits", request).status == 200)
        }
    }

    /// Waits until a batch has a final status.
    private func finished(_ client: RawClient, _ id: String) async throws -> [String: Any] {
        while true {
            let batch = try client.send("GET", "/v1/batches/\(id)").json
            if ["completed", "expired", "failed", "cancelled"].contains(batch["status"] as? String) { return batch }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func createBatch(_ client: RawClient, _ lines: [String]) throws -> String {
        let input = try upload(client, Data(lines.joined(separator: "\n").utf8), purpose: "batch")
        let reply = try client.postJSON(
            "/v1/batches",
            [
                "input_file_id": input, "endpoint": "/v1/images/generations", "completion_window": "24h",
                "metadata": ["for": "a test"],
            ])
        #expect(reply.status == 200, "\(reply.error)")
        #expect(reply.json["status"] as? String == "validating")
        return try #require(reply.json["id"] as? String)
    }

    private func line(_ id: String, prompt: String = "x", url: String = "/v1/images/generations") -> String {
        #"{"custom_id":"\#(id)","method":"POST","url":"\#(url)","#
            + #""body":{"model":"gpt-image-2","prompt":"\#(prompt)","size":"832x800","output_format":"jpeg"}}"#
    }

    @Test("A batch processes every line; failures are in a separate file")
    func batch() async throws {
        try await MockServer.run { mock in
            let client = RawClient(mock)
            let id = try createBatch(client, [line("a"), line("b", prompt: ""), line("c")])
            let batch = try await finished(client, id)
            #expect(batch["status"] as? String == "completed")
            let counts = try #require(batch["request_counts"] as? [String: Int])
            #expect(counts == ["total": 3, "completed": 2, "failed": 1])
            #expect((batch["metadata"] as? [String: String]) == ["for": "a test"])

            func lines(_ key: String) throws -> [[String: Any]] {
                let file = try #require(batch[key] as? String)
                return try client.send("GET", "/v1/files/\(file)/content").body.split(separator: 10).map {
                    try #require(JSONSerialization.jsonObject(with: Data($0)) as? [String: Any])
                }
            }
            let results = try lines("output_file_id")
            #expect(results.map { $0["custom_id"] as? String } == ["a", "c"])
            let response = try #require(results[0]["response"] as? [String: Any])
            #expect(response["status_code"] as? Int == 200)
            #expect((response["body"] as? [String: Any])?["data"] != nil)
            #expect(try lines("error_file_id").map { $0["custom_id"] as? String } == ["b"])
            #expect((try client.send("GET", "/v1/batches").json["data"] as? [Any])?.count == 1)
            #expect(try client.send("POST", "/v1/batches/\(id)/cancel").status == 409)
        }
    }

    @Test("A batch with an invalid line fails as a whole and names the lines")
    func wrongBatch() async throws {
        try await MockServer.run { mock in
            let client = RawClient(mock)
            let id = try createBatch(client, [line("a"), "{", line("a"), line("b", url: "/v1/images/edits")])
            let batch = try await finished(client, id)
            #expect(batch["status"] as? String == "failed")
            let errors = try #require((batch["errors"] as? [String: Any])?["data"] as? [[String: Any]])
            #expect(errors.map { $0["line"] as? Int } == [2, 3, 4])
            #expect(
                errors.map { $0["code"] as? String } == ["invalid_json_line", "duplicate_custom_id", "invalid_url"])
        }
    }

    @Test(
        "An expired batch keeps its results and reports every other line as expired",
        arguments: 0...3)
    func expired(limit: Int) async throws {
        try await MockServer.run(behavior: .init(batchExpiresAfter: limit)) { mock in
            let client = RawClient(mock)
            let id = try createBatch(client, [line("0"), line("1"), line("2")])
            let batch = try await finished(client, id)
            #expect(batch["status"] as? String == (limit < 3 ? "expired" : "completed"))
            #expect((batch["expired_at"] != nil) == (limit < 3))
            let counts = try #require(batch["request_counts"] as? [String: Int])
            #expect(counts == ["total": 3, "completed": limit, "failed": 3 - limit])
            #expect((batch["output_file_id"] != nil) == (limit > 0))
            guard limit < 3 else { return }
            let file = try #require(batch["error_file_id"] as? String)
            let late = try client.send("GET", "/v1/files/\(file)/content").body.split(separator: 10).map {
                try #require(JSONSerialization.jsonObject(with: Data($0)) as? [String: Any])
            }
            #expect(late.map { $0["custom_id"] as? String } == (limit..<3).map { "\($0)" })
            #expect(late.allSatisfy { $0["response"] is NSNull })
            #expect(late.allSatisfy { ($0["error"] as? [String: String])?["code"] == "batch_expired" })
            #expect(try client.send("POST", "/v1/batches/\(id)/cancel").status == 409)
        }
    }

    @Test("A cancelled batch stops and keeps its results")
    func cancelled() async throws {
        try await MockServer.run { mock in
            let client = RawClient(mock)
            let id = try createBatch(client, (0..<200).map { line("\($0)") })
            let reply = try client.send("POST", "/v1/batches/\(id)/cancel")
            #expect(reply.json["status"] as? String == "cancelling")
            let batch = try await finished(client, id)
            #expect(batch["status"] as? String == "cancelled")
            #expect((batch["request_counts"] as? [String: Int])?["completed"] ?? 0 < 200)
        }
    }

    @Test("Variations are refused, except with the older API")
    func variations() async throws {
        let png = try RenderingTests.png(RenderingTests.photograph(Size(width: 64, height: 64)))
        let parts: [Form.Part] = [.file("image", png), .text("n", "2"), .text("size", "256x256")]
        try await MockServer.run { mock in
            let reply = try RawClient(mock).postForm("/v1/images/variations", parts)
            #expect(reply.status == 404)
        }
        try await MockServer.run(behavior: .init(isLegacy: true)) { mock in
            let client = RawClient(mock)
            let reply = try client.postForm("/v1/images/variations", parts)
            let data = try #require(reply.json["data"] as? [[String: String]])
            #expect(data.count == 2)
            let address = try #require(URL(string: data[0]["url"] ?? ""))
            let image = try client.send("GET", address.path, headers: [])
            #expect(image.headers["content-type"] == "image/png")
            #expect(try ImageHeader(probing: image.body).size == Size(width: 256, height: 256))
            let oblong = try RenderingTests.png(RenderingTests.photograph(Size(width: 64, height: 48)))
            #expect(try client.postForm("/v1/images/variations", [.file("image", oblong)]).status == 400)
        }
    }

    @Test("In Azure's paths the deployment is the model")
    func azure() async throws {
        try await MockServer.run { mock throws in
            let client = RawClient(mock)
            let headers = ["api-key: k", "Content-Type: application/json"]
            let body = Data(#"{"prompt":"x","size":"832x800"}"#.utf8)
            let path = "/openai/deployments/gpt-image-2/images/generations"
            #expect(
                try client.send("POST", path + "?api-version=2026-01-01", headers: headers, body: body).status == 200)
            #expect(try client.send("POST", path, headers: headers, body: body).status == 404)
            #expect(try client.send("GET", "/openai/v1/models", headers: headers).status == 200)
        }
    }

    @Test("Only the newest models return GIF and SVG, with their own options")
    func animationsAndVectors() async throws {
        try await MockServer.run { mock in
            let client = RawClient(mock)
            func reply(_ more: [String: Any]) throws -> RawClient.Reply {
                let shared: [String: Any] = ["model": "gpt-image-2.6-flare", "prompt": "x", "size": "832x800"]
                return try client.postJSON("/v1/images/generations", shared.merging(more) { $1 })
            }
            func file(_ reply: RawClient.Reply) throws -> Data {
                let data = try #require(reply.json["data"] as? [[String: String]], "\(reply.error)")
                return try #require(Data(base64Encoded: data[0]["b64_json"] ?? ""))
            }
            let gif = try file(reply(["output_format": "gif", "frame_count": 2, "frame_duration_ms": 100]))
            #expect(ImageFormat(sniffing: gif) == .gif)
            let vectors = try reply(["output_format": "svg", "svg": ["model": "gpt-6"]])
            #expect(ImageFormat(sniffing: try file(vectors)) == .svg)
            #expect((vectors.json["svg_usage"] as? [String: Any])?["model"] as? String == "gpt-6")
            #expect(try reply(["output_format": "gif", "stream": true]).error["param"] as? String == "stream")
            #expect(try reply(["output_format": "svg", "n": 2]).error["param"] as? String == "n")
            #expect(
                try reply(["output_format": "gif", "model": "gpt-image-2"]).error["param"] as? String == "output_format"
            )
        }
    }

    @Test("A provenance check of a file without a manifest detects nothing")
    func provenance() async throws {
        try await MockServer.run { mock in
            let png = try RenderingTests.png(RenderingTests.photograph(Size(width: 64, height: 48)))
            let reply = try RawClient(mock).postForm("/v1/content_provenance_checks", [.file("file", png)])
            let results = try #require(reply.json["results"] as? [[String: Any]], "\(reply.error)")
            #expect(results.map { $0["type"] as? String } == ["c2pa", "synthid"])
            #expect(results.allSatisfy { $0["outcome"] as? String == "not_detected" })
        }
    }
}
