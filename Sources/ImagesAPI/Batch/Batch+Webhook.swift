#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension Batch {
    /// Verifies a webhook and reads its event (Standard Webhooks: HMAC-SHA256 over id, time and body).
    ///
    /// The event is no more than a hint: ask for the batch by its id before you act on it.
    /// - Parameters:
    ///   - body: the body of the request, byte for byte.
    ///   - headers: the header fields of the request; names in any letter case.
    ///   - secret: the secret of the endpoint, `whsec_…`, or plain text.
    ///   - tolerance: how far the time of the webhook may lie from `now`, in either direction.
    ///   - now: the current time.
    ///   - isFirst: gets the id of the webhook once its signature is known to be right, records it for at least twice the
    ///     tolerance, and returns false if it was recorded before.
    /// - Returns: the server's id of the event; its type, such as `batch.completed`, `batch.failed`, `batch.expired` or
    ///   `batch.cancelled`; the batch and the status that the event gives it, nil for events about something else; and the
    ///   whole event.
    /// - Throws: `webhookRefused` for a missing or invalid field, a time out of tolerance, a wrong signature, a body that is
    ///   no event, or an id that came before; and what `isFirst` throws.
    public static func verifyWebhook(
        _ body: Data, headers: [(String, String)], secret: String, tolerance: Duration = .seconds(300),
        now: Date = Date(), isFirst: (_ id: String) async throws -> Bool
    ) async throws -> (id: String, type: String, batchID: String?, status: Batch.Status?, raw: JSONValue) {
        func field(_ name: String) throws(ImagesAPIError) -> String {
            guard let value = headers.first(where: { $0.0.caseInsensitivelyEquals(name) })?.1, !value.isEmpty else {
                throw refused("the field \(name) is missing")
            }
            return value
        }
        let (id, time, signatures) = (
            try field("webhook-id"), try field("webhook-timestamp"), try field("webhook-signature")
        )
        guard time.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seconds = Int64(time) else {
            throw refused("its time is not a number")
        }
        let age = now.timeIntervalSince1970 - Double(seconds)
        let allowed = Double(tolerance.components.seconds) + Double(tolerance.components.attoseconds) / 1e18
        guard age <= allowed else { throw refused("it is \(Int(min(age, 1e9))) seconds old") }
        guard age >= -allowed else { throw refused("its time lies \(Int(min(-age, 1e9))) seconds ahead") }
        let expected = HMAC.sha256(key: try key(secret), [Data("\(id).\(time).".utf8), body])
        // Several signatures may be given while a secret is replaced. All are compared, whichever is right.
        let isRight = signatures.split(separator: " ").prefix(64).reduce(false) { isRight, signature in
            let parts = signature.split(separator: ",", maxSplits: 1)
            guard parts.count == 2, parts[0] == "v1", let given = try? Base64.decode(String(parts[1])) else {
                return isRight
            }
            let isEqual = HMAC.isEqual(Array(given), expected)
            return isRight || isEqual
        }
        guard isRight else { throw refused("its signature does not match the secret") }
        let value = JSONText.first(in: String(decoding: body, as: UTF8.self))
        guard let value, let type = value["type"]?.stringValue else { throw refused("its body is not an event") }
        guard try await isFirst(id) else { throw refused("its id came before") }
        let prefix = "batch."
        guard type.hasPrefix(prefix) else { return (value["id"]?.stringValue ?? id, type, nil, nil, value) }
        return (
            value["id"]?.stringValue ?? id, type, value["data"]?["id"]?.stringValue,
            Status(rawValue: String(type.dropFirst(prefix.count))), value
        )
    }

    private static func key(_ secret: String) throws(ImagesAPIError) -> [UInt8] {
        let prefix = "whsec_"
        guard secret.hasPrefix(prefix) else {
            guard !secret.isEmpty else { throw refused("the secret is empty") }
            return Array(secret.utf8)
        }
        guard let key = try? Base64.decode(String(secret.dropFirst(prefix.count))), !key.isEmpty else {
            throw refused("the secret is not base64 behind whsec_")
        }
        return Array(key)
    }

    private static func refused(_ why: String) -> ImagesAPIError {
        ImagesAPIError(.webhookRefused, "The webhook is refused: \(why).")
    }
}

/// Keyed hashes (RFC 2104).
enum HMAC {
    static func sha256(key: [UInt8], _ pieces: [Data]) -> [UInt8] {
        var block = key
        if block.count > 64 { block = digest([Data(block)]) }
        block += [UInt8](repeating: 0, count: 64 - block.count)
        let inner = digest([Data(block.map { $0 ^ 0x36 })] + pieces)
        return digest([Data(block.map { $0 ^ 0x5C }), Data(inner)])
    }

    private static func digest(_ pieces: [Data]) -> [UInt8] {
        var hash = SHA256()
        for piece in pieces { piece.withUnsafeBytes { hash.update($0) } }
        return hash.bytes
    }

    /// Compares in a time that does not depend on where the bytes differ.
    static func isEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard one.count == other.count else { return false }
        var difference: UInt8 = 0
        for index in one.indices { difference |= one[index] ^ other[index] }
        return difference == 0
    }
}
