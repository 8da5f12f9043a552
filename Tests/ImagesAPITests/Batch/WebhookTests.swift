import Foundation
import Testing

@testable import ImagesAPI

@Suite("Webhooks")
struct WebhookTests {
    typealias WebhookEvent = (id: String, type: String, batchID: String?, status: Batch.Status?, raw: JSONValue)

    /// A published test vector.
    struct Vector: Sendable, CustomTestStringConvertible {
        var source: String
        var secret: String
        var id: String
        var time: Int
        var body: String
        var signature: String
        var testDescription: String { source }

        func headers(time: String? = nil, signature: String? = nil) -> [(String, String)] {
            [
                ("Webhook-Id", id), ("Webhook-Timestamp", time ?? "\(self.time)"),
                ("Webhook-Signature", signature ?? self.signature),
            ]
        }

        func verify(
            headers: [(String, String)]? = nil, secret: String? = nil, body: String? = nil, after seconds: Double = 0,
            tolerance: Duration = .seconds(300), isFirst: (String) async throws -> Bool = { _ in true }
        ) async throws -> WebhookEvent {
            try await Batch.verifyWebhook(
                Data((body ?? self.body).utf8), headers: headers ?? self.headers(), secret: secret ?? self.secret,
                tolerance: tolerance, now: Date(timeIntervalSince1970: Double(time) + seconds), isFirst: isFirst)
        }
    }

    static let openAI = Vector(
        source: "the tests of OpenAI's clients", secret: "whsec_RdvaYFYUXuIFuEbvZHwMfYFhUf7aMYjYcmM24+Aj40c=",
        id: "wh_685c059ae39c8190af8c71ed1022a24d", time: 1_750_861_210,
        body:
            #"{"id": "evt_685c059ae3a481909bdc86819b066fb6", "object": "event", "created_at": 1750861210, "type": "response.completed", "data": {"id": "resp_123"}}"#,
        signature: "v1,gUAg4R2hWouRZqRQG4uJypNS8YK885G838+EHb4nKBY=")

    @Test("The published signature is right, and no other")
    func published() async throws {
        let vector = Self.openAI
        let event = try await vector.verify()
        #expect(event.id == "evt_685c059ae3a481909bdc86819b066fb6" && event.type == "response.completed")
        #expect(event.raw["created_at"] == 1_750_861_210 && event.batchID == nil && event.status == nil)
        _ = try await vector.verify(headers: vector.headers(signature: "v1,invalid \(vector.signature) v1a,x"))
        _ = try await vector.verify(after: 300)
        _ = try await vector.verify(after: -300)
        _ = try await vector.verify(after: 400, tolerance: .seconds(600))
    }

    @Test("The HMAC is that of RFC 4231")
    func hmac() {
        func hexadecimal(_ bytes: [UInt8]) -> String {
            bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
        #expect(
            hexadecimal(
                HMAC.sha256(key: Array("Jefe".utf8), [Data("what do ya want ".utf8), Data("for nothing?".utf8)]))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            hexadecimal(
                HMAC.sha256(
                    key: [UInt8](repeating: 0xAA, count: 131),
                    [Data("Test Using Larger Than Block-Size Key - Hash Key First".utf8)]))
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test("A webhook that is changed, late, early, incomplete or repeated is refused")
    func refused() async throws {
        let vector = Self.openAI
        var cases: [() async throws -> WebhookEvent] = [
            { try await vector.verify(secret: "invalid_secret") }, { try await vector.verify(secret: "whsec_%%%") },
            { try await vector.verify(secret: "") }, { try await vector.verify(body: vector.body + " ") },
            { try await vector.verify(after: 301) }, { try await vector.verify(after: -301) },
            { try await vector.verify(headers: vector.headers(time: "1750861211")) },
            { try await vector.verify(headers: vector.headers(time: "-1750861210")) },
            { try await vector.verify(headers: vector.headers(time: "99999999999999999999")) },
            { try await vector.verify(headers: vector.headers(signature: "v1,invalid_signature")) },
            { try await vector.verify(headers: vector.headers(signature: String(vector.signature.dropFirst(3)))) },
            { try await vector.verify(headers: vector.headers(signature: "v2" + vector.signature.dropFirst(2))) },
            { try await vector.verify(isFirst: { _ in false }) },
        ]
        for index in 0..<3 {
            var headers = vector.headers()
            headers.remove(at: index)
            cases.append { [headers] in try await vector.verify(headers: headers) }
        }
        for (index, refused) in cases.enumerated() {
            do {
                _ = try await refused()
                Issue.record("case \(index) is accepted")
            } catch {
                #expect((error as? ImagesAPIError)?.code == .webhookRefused, "case \(index): \(error)")
            }
        }
    }

    @Test("An id is recorded only once its signature is right, and a second delivery is refused")
    func replay() async throws {
        let vector = Self.openAI
        var seen: Set<String> = []
        func isFirst(_ id: String) -> Bool { seen.insert(id).inserted }
        await #expect(throws: ImagesAPIError.self) { try await vector.verify(secret: "x", isFirst: isFirst) }
        #expect(seen.isEmpty)
        _ = try await vector.verify(isFirst: isFirst)
        await #expect(throws: ImagesAPIError.self) { try await vector.verify(isFirst: isFirst) }
        #expect(seen == [vector.id])
    }

    @Test(
        "Events of batches name the batch and its status", arguments: ["completed", "failed", "expired", "cancelled"])
    func batches(status: String) async throws {
        let body = #"{"id":"evt_1","type":"batch.\#(status)","created_at":1750861210,"data":{"id":"batch_7"}}"#
        let signed = HMAC.sha256(key: Array("plain".utf8), [Data("wh_1.1750861210.\(body)".utf8)])
        let vector = Vector(
            source: "own", secret: "plain", id: "wh_1", time: 1_750_861_210, body: body,
            signature: "v1,\(Data(signed).base64EncodedString())")
        let event = try await vector.verify()
        #expect(event.batchID == "batch_7" && event.status == Batch.Status(rawValue: status))
    }
}
