import Foundation

@testable import ImagesAPI

// Reads one stream or response whose instructions are counted from outside: `gesso-linear CASE COUNT`.

let arguments = CommandLine.arguments.dropFirst()
let name = arguments.first ?? ""
let count = arguments.last.flatMap { Int($0) } ?? 0
let letter = UInt8(ascii: "A")

// MARK: One image in an event stream, piece by piece

var scanner = EventStreamScanner()
var events = 0

@MainActor func feed(_ bytes: [UInt8]) throws {
    var index = 0
    while index < bytes.count {
        let (taken, event) = try bytes[index...].withUnsafeBytes { try scanner.scan($0) }
        index += taken
        if event != nil { events += 1 }
    }
}

/// The pieces of an image's text, as many characters as were asked for.
let piece: [UInt8]? =
    switch name {
    case "whole", "prefixed": [UInt8](repeating: letter, count: count)
    // Lines of 76 characters with escaped line breaks, as MIME and some servers have them.
    case "wrapped": Array(String(repeating: String(repeating: "A", count: 76) + "\\n", count: 840).utf8)
    // Every sixteenth character is of the URL-safe alphabet.
    case "urlsafe": Array(String(repeating: "AAAAAAAAAAAAAAA-", count: 4_096).utf8)
    case "pieces": [UInt8](repeating: letter, count: 4_093)
    case "bytes": [letter]
    case "escapes": Array(String(repeating: "\\/", count: 32_768).utf8)
    default: nil
    }

// MARK: Whole responses of any form

/// A PNG's signature in base64, and more of it.
let start = "iVBORw0KGgoAAAAA"
let image = "\"b64_json\":\"\(start)\""

/// Bytes are joined and no text, whose making would be counted too.
func body(_ head: String, _ count: Int, of middle: String, _ tail: String) -> [UInt8] {
    let unit = Array(middle.utf8)
    var bytes = Array(head.utf8)
    bytes.reserveCapacity(bytes.count + count * unit.count + tail.utf8.count)
    for _ in 0..<count { bytes += unit }
    return bytes + tail.utf8
}

/// The body of a response, and whether it has an image.
let response: (body: [UInt8], hasImage: Bool)? =
    switch name {
    case "otherkey": (body("{\"result\":{\"images\":[{\"bytes\":\"\(start)", count, of: "A", "\"}]}}"), true)
    case "notimage": (body("{\"x\":\"\(start)", count, of: "A", "?\",\"data\":[]}"), false)
    // Values are limited to 100,000.
    case "deep":
        (
            body(
                "{\"x\":[", count, of: String(repeating: "[", count: 60) + String(repeating: "]", count: 60) + ",",
                "1],\(image)}"), true
        )
    case "keys": ([UInt8(ascii: "{")] + keys(count) + Array("\(image)}".utf8), true)
    case "strings":
        (body("{\"x\":[", count, of: "\"data:image/png no comma\",\"iVBORw0KGgo\",", "1],\"data\":[]}"), false)
    case "ndjson": (body("", count, of: "{\"type\":\"progress\",\"step\":1}\n", "{\(image)}\n"), true)
    case "sse":
        (body("", count, of: "event: progress\ndata: {\"step\":1}\n\n", "data: {\"data\":[{\(image)}]}\n\n"), true)
    case "errortext": (body("{\"error\":{\"message\":\"", count, of: "{", "\"}}"), false)
    default: nil
    }

/// Members with names that all differ.
func keys(_ count: Int) -> [UInt8] { (0..<count).flatMap { Array("\"key\($0)\":\"text \($0)\",".utf8) } }

/// The reader of a plain response, in pieces as a network brings them; it keeps what cannot be read.
func read(_ bytes: [UInt8]) -> Bool {
    var limits = ImagesClient.ResponseLimits()
    limits.otherBytesPerDocument = 64 << 20
    var reader = ResponseReader(head: ResponseHead(status: 200), limits: limits, expectedImages: 1, keepsRaw: true)
    for start in Swift.stride(from: 0, to: bytes.count, by: 16_384) {
        bytes[start..<min(start + 16_384, bytes.count)].withUnsafeBytes { reader.take($0) }
    }
    switch reader.finish(isWhole: true) {
    case .success: return true
    case .failure:
        precondition(reader.body?.data().count == bytes.count)
        return false
    }
}

if let response {
    precondition(read(response.body) == response.hasImage)
} else if let piece, count > 0 {
    try feed(Array("data: {\"b64_json\":\"".utf8))
    if name == "prefixed" { try feed(Array("data:image/png;base64,".utf8)) }
    // Whole groups of four, and no more of them than the limit for an image.
    for _ in 0..<count / piece.count { try feed(piece) }
    precondition(events == 0)
} else {
    let some = Array(String(repeating: "data: 1\n\n", count: 100).utf8)
    for _ in 0..<count / 100 { try feed(some) }
    precondition(events == count)
}
