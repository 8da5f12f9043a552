import Foundation
import ImagesAPI
import Testing

@Suite("Client over loopback")
struct ClientTests {
    @Test("Create sends compact JSON and brings back the picture's bytes")
    func create() async throws {
        let picture = Samples.png(byteCount: 100_000)
        let server = try LoopbackServer { connection, _ in
            connection.answer(
                headers: ["Content-Type: application/json; charset=UTF-8", "X-Request-ID: req-1"],
                json: Samples.response([picture]))
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        let response = try await client.create(
            CreateRequest(
                prompt: "é \"x\" \n", model: .gptImage2, n: 1, size: "1024x1024", extra: ["z": [1, true, nil]]))
        #expect(response.images.map(\.data) == [picture])
        #expect(response.images[0].contentType == .png)
        #expect(response.created == 1_713_833_628)
        #expect(response.quality == .high)
        #expect(response.requestID == "req-1")
        #expect(response.usage?.totalTokens == 100)
        #expect(response.usage?.inputTokensDetails?.imageTokens == 40)
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

    @Test("Nobody listening is one clear error and never billed")
    func nobodyListening() async throws {
        let server = try LoopbackServer { _, _ in }
        server.stop()
        let client = try Samples.client(server)
        let error = await #expect(throws: ImagesAPIError.self) { try await client.create(Samples.create) }
        #expect(error?.code == .couldNotConnect)
        #expect(error?.mayHaveBeenBilled == false)
        #expect(error?.message.contains("127.0.0.1:\(server.port)") == true)
    }
}
