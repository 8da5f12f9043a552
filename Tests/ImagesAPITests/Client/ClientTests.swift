import Foundation
import Testing

@testable import ImagesAPI

@Suite("Client over loopback")
struct ClientTests {
    @Test("A generation sends compact JSON and returns the image's bytes")
    func create() async throws {
        let image = Samples.png(byteCount: 100_000)
        let server = try LoopbackServer { connection, _ in
            connection.respond(
                headers: ["Content-Type: Application/JSON; charset=UTF-8", "X-Request-ID: req-1"],
                json: Samples.response([image], extra: ",\"new_field\":[1]"))
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        let response = try await client.generate(
            GenerationRequest(
                prompt: "é \"x\" \n", model: .gptImage2, n: 1, size: "1024x1024", extra: ["z": [1, true, .null]]))
        #expect(response.images.map(\.data) == [image])
        #expect(response.images[0].contentType == .png)
        #expect(response.created == 1_713_833_628)
        #expect(response.quality == .high)
        #expect(response.requestID == "req-1")
        #expect(response.usage?.totalTokens == 100)
        #expect(response.usage?.inputImageTokens == 40)
        #expect(response.raw["new_field"] == [1])
        #expect(response.headers.contains { $0.0 == "X-Request-ID" })
        let sent = try #require(server.requests.first)
        #expect(sent.line == "POST /v1/images/generations HTTP/1.1")
        #expect(sent["authorization"] == "Bearer sk-test")
        #expect(sent["content-type"] == "application/json")
        #expect(sent["expect"] == nil)
        #expect(sent["accept-encoding"] == nil)
        #expect(
            String(decoding: sent.body, as: UTF8.self)
                == #"{"model":"gpt-image-2","prompt":"é \"x\" \n","n":1,"size":"1024x1024","z":[1,true,null]}"#)
    }

    @Test("Edit sends the form byte for byte, 16 images of 1 MB and more", arguments: [1, 3, 16])
    func edit(count: Int) async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let uploads = try (0..<count).map { try ImageUpload(Samples.png(byteCount: 1_000_000 + $0, seed: UInt64($0))) }
        let request = EditRequest(
            images: uploads, mask: try ImageUpload(Samples.png), prompt: "autumn", model: .gptImage2)
        _ = try await Samples.client(server).edit(request)
        let sent = try #require(server.requests.first)
        let type = try #require(sent["content-type"])
        let boundary = try #require(type.components(separatedBy: "boundary=").last)
        let body = MultipartForm(request, boundary: boundary).finished()
        #expect(sent["content-length"] == "\(body.byteCount)")
        #expect(sent.body == body.segments.reduce(into: Data()) { $0.append($1) })
        #expect(sent["expect"] == nil)
    }

    @Test(
        "Any framing and speed of a response gives the same image", arguments: ["whole", "chunked", "bytes", "closed"])
    func framing(kind: String) async throws {
        let image = Samples.png(byteCount: 3_000)
        let json = Array(Samples.response([image, image]).utf8)
        let server = try LoopbackServer { connection, _ in
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            switch kind {
            case "chunked":
                connection.write(head + "Transfer-Encoding: chunked\r\n\r\n")
                for start in stride(from: 0, to: json.count, by: 333) {
                    let piece = json[start..<min(start + 333, json.count)]
                    connection.write(String(piece.count, radix: 16) + "\r\n")
                    connection.write(piece)
                    connection.write("\r\n")
                }
                connection.write("0\r\nTrailer: x\r\n\r\n")
            case "bytes":
                connection.write("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
                connection.write(head + "Content-Length: \(json.count)\r\n\r\n")
                for byte in json { connection.write([byte]) }
            case "closed":
                connection.write(head + "Connection: close\r\n\r\n")
                connection.write(json)
                connection.close()
            default: connection.respond(body: json)
            }
        }
        defer { server.stop() }
        let response = try await Samples.client(server).generate(Samples.generation)
        #expect(response.images.map(\.data) == [image, image])
    }

    @Test("Requests one after the other share a connection")
    func reuse() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let client = try Samples.client(server)
        for _ in 0..<5 { _ = try await client.generate(Samples.generation) }
        #expect(server.requests.count == 5)
        #expect(server.connections == 1)
    }

    @Test("Many concurrent requests each return their own image")
    func concurrency() async throws {
        let server = try LoopbackServer { connection, request in
            let number = Int(request.line.isEmpty ? 0 : request.body.count)
            connection.respond(json: Samples.response([Samples.png(byteCount: 2_000, seed: UInt64(number))]))
        }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.maxConcurrentRequests = 20 }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let request = GenerationRequest(prompt: String(repeating: "x", count: number + 1), model: "m")
                    let expected = Samples.png(byteCount: 2_000, seed: UInt64(request.fields.json.count))
                    let response = try await client.generate(request)
                    #expect(response.data == expected)
                }
            }
            try await group.waitForAll()
        }
        #expect(server.connections <= 20)
    }

    @Test("Shutdown ends requests in progress and refuses later ones")
    func shutdown() async throws {
        let server = try LoopbackServer { connection, _ in _ = connection.seesHangUp(within: 10) }
        defer { server.stop() }
        let client = try Samples.client(server)
        async let pending = Result { try await client.generate(Samples.generation) }
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        client.shutdown()
        await client.waitUntilShutDown()
        guard case .failure(let error as ImagesAPIError) = await pending else {
            Issue.record("the request should have failed")
            return
        }
        #expect(error.code == .clientShutDown)
        #expect(error.mayHaveBeenBilled)
        let later = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        #expect(later?.code == .clientShutDown)
        #expect(later?.mayHaveBeenBilled == false)
        await client.waitUntilShutDown()
    }
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
