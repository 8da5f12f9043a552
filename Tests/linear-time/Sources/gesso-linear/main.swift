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
    case "whole": [UInt8](repeating: letter, count: count)
    case "pieces": [UInt8](repeating: letter, count: 4_093)
    case "bytes": [letter]
    case "escapes": Array(String(repeating: "\\/", count: 32_768).utf8)
    default: nil
    }
if let piece, count > 0 {
    try feed(Array("data: {\"b64_json\":\"".utf8))
    // Whole groups of four, and no more of them than the limit for an image.
    for _ in 0..<count / piece.count { try feed(piece) }
    precondition(events == 0)
} else {
    let some = Array(String(repeating: "data: 1\n\n", count: 100).utf8)
    for _ in 0..<count / 100 { try feed(some) }
    precondition(events == count)
}
