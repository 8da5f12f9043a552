import ImagesAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The object that claims one generation of a purchase.
struct ClaimRecord: Codable {
    var purchase: Purchase
    /// 128 random bits of the call that wrote it: whoever reads its own has the claim.
    var token: String
    /// The process that wrote it.
    var owner: String
}

/// The object that ends a claim.
struct OutcomeRecord: Codable, Equatable {
    enum Kind: String, Codable { case done, failed }

    var outcome: Kind
    var reason: String?
    /// Bytes of the response.
    var byteCount: Int?
}

/// The object that says why a claim is unknown.
struct NoteRecord: Codable {
    var reason: String
}

enum JournalCoding {
    static func encode(_ record: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .secondsSince1970
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(record)
    }

    /// - Throws: `spoolNotWritable` with the fact `reason` = `corrupt` for an object that is no such record.
    static func decode<Record: Decodable>(_ type: Record.Type, _ data: Data, named name: String) throws -> Record {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        do {
            return try decoder.decode(type, from: data)
        } catch {
            throw ImagesAPIError(
                .spoolNotWritable,
                "The object \(SanitizedText.sanitized(name, limit: 512)) is not one that a purchase journal wrote; give the journal a prefix of its own.",
                facts: ["reason": "corrupt", "object": SanitizedText.sanitized(name, limit: 512)])
        }
    }
}

/// The names of a purchase's objects.
///
/// A generation is one attempt to buy: the next one may be claimed when this one has failed. All that follows a claim has
/// its token in the name, so that nothing that a late owner writes can be taken for another generation's.
struct ObjectNames {
    let folder: String

    init(prefix: String, key: String) { folder = "\(prefix)\(Purchase.DirectoryJournal.stem(of: key))/" }

    func claim(_ generation: Int) -> String { "\(folder)\(Self.number(generation)).claim" }
    func outcome(_ generation: Int, _ token: String) -> String { object(generation, token, "outcome") }
    func note(_ generation: Int, _ token: String) -> String { object(generation, token, "unknown") }
    func response(_ generation: Int, _ token: String) -> String { object(generation, token, "response") }
    func discarded(_ generation: Int, _ token: String) -> String { object(generation, token, "discarded") }

    private func object(_ generation: Int, _ token: String, _ kind: String) -> String {
        "\(folder)\(Self.number(generation))-\(token).\(kind)"
    }

    /// Padded, so that a listing has generations in order.
    private static func number(_ generation: Int) -> String {
        let digits = String(generation)
        return String(repeating: "0", count: max(6 - digits.utf8.count, 0)) + digits
    }

    /// The generation of a claim with this name; nil for another object.
    static func generation(ofClaim name: Substring) -> Int? {
        guard name.hasSuffix(".claim") else { return nil }
        return Int(name.dropLast(".claim".utf8.count))
    }
}
