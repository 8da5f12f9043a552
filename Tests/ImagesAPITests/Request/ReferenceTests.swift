import Foundation
import Testing

@testable import ImagesAPI

@Suite("Edits by reference")
struct ReferenceTests {
    @Test("An edit by reference is JSON of exactly this form")
    func json() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        var request = EditRequest(
            references: [.url("https://example.com/a.png"), .fileID("file-1"), .inline(try ImageUpload(Samples.png))],
            mask: .fileID("file-mask"), prompt: "p", model: .gptImage26Flare, size: "1024x1024")
        request.moderation = .low
        _ = try await Samples.client(server).edit(request)
        let sent = try #require(server.requests.first)
        #expect(sent.line == "POST /v1/images/edits HTTP/1.1")
        #expect(sent["content-type"] == "application/json")
        let body = String(decoding: sent.body, as: UTF8.self)
        #expect(
            body == #"{"model":"gpt-image-2.6-flare","prompt":"p","size":"1024x1024","moderation":"low","images":["#
                + #"{"image_url":"https://example.com/a.png"},{"file_id":"file-1"},"#
                + #"{"image_url":"data:image/png;base64,\#(Samples.png.base64EncodedString())"}],"mask":{"file_id":"file-mask"}}"#
        )
        #expect(throws: Never.self) { try JSONDecoder().decode(JSONValue.self, from: sent.body) }
    }

    @Test("Mixed or oversized references are refused before the network")
    func refused() async throws {
        let client = try Samples.client("http://127.0.0.1:9/v1")
        func code(_ change: (inout EditRequest) throws -> Void) async throws -> ImagesAPIError.Code? {
            var request = EditRequest(references: [.fileID("f")], prompt: "p", model: "m")
            try change(&request)
            let final = request
            return await #expect(throws: ImagesAPIError.self) { try await client.edit(final) }?.code
        }
        let upload = try ImageUpload(Samples.png)
        #expect(try await code { $0.images = [upload] } == .invalidRequest)
        #expect(try await code { $0.mask = upload } == .invalidRequest)
        #expect(try await code { $0.markup = upload } == .invalidRequest)
        #expect(try await code { $0.references = Array(repeating: .fileID("f"), count: 17) } == .tooManyImages)
        #expect(try await code { $0.references = [] } == .noImages)
        #expect(try await code { $0.references = [.fileID("")] } == .invalidRequest)
        #expect(
            try await code { $0.references = [.inline(try ImageUpload(Samples.png(byteCount: 15_728_625)))] }
                == .imageTooLarge)
        #expect(try await code { $0.maskReference = .url("") } == .invalidRequest)
        #expect(try await code { _ in } == .couldNotConnect)
    }

    @Test("Fields that the JSON does not have are not sent")
    func left() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        var request = EditRequest(references: [.fileID("f")], prompt: "p", model: "m")
        request.responseFormat = "url"
        _ = try await Samples.client(server).edit(request)
        let body = String(decoding: try #require(server.requests.first).body, as: UTF8.self)
        #expect(body == #"{"model":"m","prompt":"p","images":[{"file_id":"f"}]}"#)
    }
}
