@testable import ImagesAPI

// Scans one stream whose instructions are counted from outside: `gesso-linear CASE COUNT`.

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

let letter = UInt8(ascii: "A")
let arguments = CommandLine.arguments.dropFirst()
let count = arguments.last.flatMap { Int($0) } ?? 0
let piece: [UInt8]? =
    switch arguments.first {
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
if let piece, count > 0 {
    try feed(Array("data: {\"b64_json\":\"".utf8))
    if arguments.first == "prefixed" { try feed(Array("data:image/png;base64,".utf8)) }
    // Whole groups of four, and no more of them than the limit for an image.
    for _ in 0..<count / piece.count { try feed(piece) }
    precondition(events == 0)
} else {
    let some = Array(String(repeating: "data: 1\n\n", count: 100).utf8)
    for _ in 0..<count / 100 { try feed(some) }
    precondition(events == count)
}
