import Foundation
import Gesso
import GessoStorage

// What Tests/interop/storage runs against an S3 server: reads one command a line from stdin, and writes one line of JSON for
// each. URLs are signed by the test, which listens on the address of the first argument:
//
//   storage-client SIGNER-URL SPOOL
//
//   {"do": "put", "key": K, "file": PATH, "existing": "keep|replace|refuse", "checksum": true}
//   {"do": "get", "url": U, "origin": O}       {"do": "probe", "url": U, "origin": O}
//   {"do": "claim" | "record" | "resolve", "purchase": K, "outcome": "done|failed|unknown", "file": PATH}
//   {"do": "list"}
struct Command: Decodable {
    var `do`: String
    var key: String?
    var file: String?
    var existing: String?
    var checksum: Bool?
    var url: String?
    var origin: String?
    var purchase: String?
    var outcome: String?
}

/// Asks the test for a signed URL or a listing, over the same transport.
struct Signer: Sendable {
    let address: String
    let source: ImageSource

    init(_ address: String) {
        self.address = address
        source = ImageSource(only: [address])
    }

    func ask(_ question: [String: Any]) async throws -> Data {
        let body = try JSONSerialization.data(withJSONObject: question)
        let text = body.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
        guard let url = URL(string: "\(address)?\(text)") else { throw URLError(.badURL) }
        return try await source.data(at: url)
    }

    func presign(_ request: ObjectStorage.Request) async throws -> URL {
        let response = try await ask([
            "method": request.method.rawValue, "key": request.key, "headers": request.headers,
        ])
        guard let url = URL(string: String(decoding: response, as: UTF8.self)) else { throw URLError(.badURL) }
        return url
    }

    func list(_ prefix: String) async throws -> [String] {
        try await JSONDecoder().decode([String].self, from: ask(["list": prefix]))
    }
}

func report(_ fields: [String: Any]) throws {
    var line = try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys, .withoutEscapingSlashes])
    line.append(UInt8(ascii: "\n"))
    FileHandle.standardOutput.write(line)
}

func describe(_ claim: Purchase.Claim) -> [String: Any] {
    switch claim {
    case .mine: ["claim": "mine"]
    case .done(let data): ["claim": "done", "response": String(decoding: data, as: UTF8.self)]
    case .unknown(let entry): ["claim": "unknown", "state": entry.state.rawValue]
    }
}

let arguments = CommandLine.arguments
guard arguments.count == 3 else {
    FileHandle.standardError.write(Data("usage: storage-client SIGNER-URL SPOOL\n".utf8))
    exit(64)
}
let signer = Signer(arguments[1])
var options = ObjectStorage.Options()
options.retryPolicy = ImagesClient.RetryPolicy(maxRetries: 2)
options.retryPolicy.baseDelay = .milliseconds(20)
options.timeouts.firstByte = .seconds(1)
let storage = ObjectStorage(options: options) { try await signer.presign($0) }
let journal = Purchase.ObjectStorageJournal(storage, spoolDirectory: arguments[2]) { try await signer.list($0) }
// Held until the process ends: the owner is at work.
var claims: [Purchase.Claim] = []

func source(_ command: Command) -> ImageSource { command.origin.map { ImageSource(only: [$0]) } ?? .shared }

func address(_ command: Command) throws -> URL {
    guard let url = command.url.flatMap({ URL(string: $0) }) else { throw URLError(.badURL) }
    return url
}

func outcome(_ command: Command) -> Purchase.Outcome {
    switch command.outcome {
    case "done": .done(file: command.file ?? "")
    case "failed": .failed(reason: "told")
    default: .unknown(reason: "told")
    }
}

@MainActor func perform(_ command: Command) async throws -> [String: Any] {
    switch command.do {
    case "put":
        let data = try Data(contentsOf: URL(filePath: command.file ?? ""))
        let header = try await ImageHeader.read(data)
        let existing: StoredImage.Existing =
            command.existing == "keep" ? .keep : command.existing == "replace" ? .replace : .refuse
        let sink = ObjectSink(storage, existing: existing, checksum: command.checksum == true ? .sha256 : nil)
        let image = EncodedImage(data: data, format: header.format, size: header.size)
        let stored = try await sink.write(image, as: command.key ?? "")
        return ["kept": stored.wasKept, "bytes": stored.byteCount]
    case "get":
        let image = try await Image(fetching: address(command), from: source(command)).thumbnail(64).png()
        return ["width": image.size.width, "height": image.size.height]
    case "probe":
        let probe = try await source(command).probe(address(command))
        return [
            "width": probe.header.size.width, "height": probe.header.size.height, "read": probe.bytesRead,
            "bytes": probe.byteCount ?? -1,
        ]
    case "claim":
        let purchase = Purchase(
            key: command.purchase ?? "", operation: "images.edits", host: "127.0.0.1", digest: "d", label: "a label")
        let claim = try await journal.claim(purchase)
        claims.append(claim)
        return describe(claim)
    case "record":
        try await journal.record(outcome(command), of: command.purchase ?? "")
        return [:]
    case "resolve":
        // As if the owner had gone: releases what this process holds.
        claims = []
        try await journal.resolve(command.purchase ?? "", as: outcome(command))
        return [:]
    case "list":
        return ["entries": try await journal.list().map { "\($0.purchase.key) \($0.state.rawValue)" }]
    default: return ["error": "no such command"]
    }
}

while let line = readLine() {
    do {
        try report(try await perform(try JSONDecoder().decode(Command.self, from: Data(line.utf8))))
    } catch let error as ImagesAPIError {
        try report([
            "error": error.code.rawValue, "message": "\(error)", "facts": error.facts, "attempts": error.attempts,
            "billed": error.mayHaveBeenBilled,
        ])
    } catch let error as GessoError {
        try report(["error": error.code.rawValue, "message": "\(error)", "facts": error.facts])
    } catch {
        try report(["error": "\(type(of: error))", "message": "\(error)"])
    }
}
