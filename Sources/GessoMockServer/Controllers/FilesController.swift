#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The files endpoints.
struct FilesController: Sendable {
    let store: ObjectStore

    static let byteLimit = 512 << 20
    private static let purposes = ["assistants", "batch", "fine-tune", "vision", "user_data", "evals"]
    private static let thirtyDays = 2_592_000

    func create(_ parameters: Parameters) throws(APIErrorResponse) -> RequestValue {
        var parameters = parameters
        guard let purpose = try parameters.takeChoice("purpose", of: FilesController.purposes) else {
            throw .missing("purpose")
        }
        guard let upload = try parameters.take("file") else { throw .missing("file") }
        guard case .file(let part) = upload else {
            throw .wrongType("file", expected: "a file", found: upload.kind)
        }
        let anchor = try parameters.takeChoice("expires_after[anchor]", of: ["created_at"])
        let seconds = try parameters.takeInteger("expires_after[seconds]", in: 3600...FilesController.thirtyDays)
        guard (anchor == nil) == (seconds == nil) else { throw .missing("expires_after") }
        try parameters.rejectUnknown()
        let lifetime = seconds ?? (purpose == "batch" ? FilesController.thirtyDays : nil)
        return store.addFile(
            StoredContents(part.data), filename: part.filename ?? "file", purpose: purpose, expiresAfter: lifetime
        ).json
    }

    func list(_ query: Query) throws(APIErrorResponse) -> RequestValue {
        var files = store.files
        if let purpose = query["purpose"] { files = files.filter { $0.purpose == purpose } }
        if try query.choice("order", of: ["asc", "desc"]) != "asc" { files.reverse() }
        return try query.page(files, id: \.id, usual: 10_000, most: 10_000) { $0.json }
    }

    func content(_ id: String) throws(APIErrorResponse) -> HTTPResponse {
        HTTPResponse(
            headers: [("content-type", "application/octet-stream")], body: .stored(try store.file(id).contents))
    }

    func delete(_ id: String) throws(APIErrorResponse) -> RequestValue {
        try store.deleteFile(id)
        return .object(["id": .string(id), "object": .string("file"), "deleted": .bool(true)])
    }
}

/// The query parameters of a URL.
struct Query {
    private let values: [String: String]

    init(_ text: String) {
        var values: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = sides.count > 1 ? String(sides[1]) : ""
            values[String(sides[0])] = value.percentDecoded
        }
        self.values = values
    }

    subscript(name: String) -> String? { values[name] }

    func choice(_ name: String, of choices: [String]) throws(APIErrorResponse) -> String? {
        guard let value = values[name] else { return nil }
        guard choices.contains(value) else { throw .invalidValue(name, value, supported: choices) }
        return value
    }

    /// The page that `after` and `limit` select, as a list object of the API.
    func page<Item>(
        _ items: [Item], id: KeyPath<Item, String>, usual: Int, most: Int, _ json: (Item) -> RequestValue
    ) throws(APIErrorResponse) -> RequestValue {
        var limit = usual
        if let text = values["limit"] {
            guard let number = Int(text) else { throw .wrongType("limit", expected: "an integer", found: "a string") }
            if number < 1 { throw .belowMinimum("limit", number, minimum: 1) }
            if number > most { throw .aboveMaximum("limit", number, maximum: most) }
            limit = number
        }
        var rest = items[...]
        if let after = values["after"] {
            guard let index = rest.firstIndex(where: { $0[keyPath: id] == after }) else {
                throw .unsupported("after", "There is no object '\(after.prefix(100))' to continue after.")
            }
            rest = rest[(index + 1)...]
        }
        let page = rest.prefix(limit)
        return .object([
            "object": .string("list"), "data": .array(page.map(json)), "has_more": .bool(rest.count > limit),
            "first_id": page.first.map { .string($0[keyPath: id]) } ?? .null,
            "last_id": page.last.map { .string($0[keyPath: id]) } ?? .null,
        ])
    }
}

extension String {
    /// The text with each `%XX` decoded to a byte; invalid sequences stay as they are.
    var percentDecoded: String {
        guard contains("%") else { return self }
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2,
                digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
