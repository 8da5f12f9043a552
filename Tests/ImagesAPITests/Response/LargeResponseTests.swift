import Foundation
import Testing

@testable import ImagesAPI

#if os(Linux)
/// The memory for large responses, each measured in a process of its own.
@Suite("Memory of large responses", .serialized)
struct LargeResponseTests {
    /// A line of /proc/self/status, in KiB.
    static func memory(_ name: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") } ?? ""
        return line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0
    }

    /// A server that sends an image of so many base64 characters without ever holding it.
    static func server() throws -> LoopbackServer {
        try LoopbackServer { connection, request in
            let prompt = (try? JSONDecoder().decode(JSONValue.self, from: request.body))?["prompt"]?.stringValue ?? ""
            let parts = prompt.split(separator: " ")
            let characters = Int(parts[1]) ?? 0
            let isStream = parts[0] == "stream"
            let before =
                isStream
                ? "event: image_generation.completed\ndata: {\"type\":\"image_generation.completed\",\"note\":\"é😀漢\",\"b64_json\":\""
                : "{\"created\":1,\"data\":[{\"b64_json\":\""
            let after = isStream ? "\"}\n\n" : "\"}]}"
            // A PNG's signature, whole groups of four.
            let start = "iVBORw0KGgoA"
            connection.write(
                "HTTP/1.1 200 OK\r\nContent-Type: \(isStream ? "text/event-stream" : "application/json")\r\n"
                    + "Content-Length: \(before.utf8.count + characters + after.utf8.count)\r\n\r\n" + before + start)
            let piece =
                switch parts.count > 2 ? String(parts[2]) : "" {
                case "wrapped": Array(String(repeating: String(repeating: "A", count: 76) + "\\r\\n", count: 800).utf8)
                case "urlsafe": Array(String(repeating: "AAA-AAA_", count: 8_192).utf8)
                case let count: [UInt8](repeating: UInt8(ascii: "A"), count: Int(count) ?? 1 << 16)
                }
            var left = characters - start.utf8.count
            while left > 0, connection.write(piece.prefix(left)) { left -= min(left, piece.count) }
            connection.write(after)
        }
    }

    /// KiB by which the response raised the peak, and bytes of its image, or the error.
    static func growth(
        _ prompt: String, imageDirectory: String? = nil
    ) async throws -> (kibibytes: Int, outcome: String) {
        let server = try server()
        defer { server.stop() }
        let client = try Samples.client(server) { $0.imageDirectory = imageDirectory }
        // Connection, thread, libraries and the code of both outcomes are in memory before: 401 characters are not base64.
        for kind in ["json", "stream"] {
            for try await _ in client.generateStream(GenerationRequest(prompt: "\(kind) 400", model: "m")) {}
            for characters in [400, 401] {
                _ = try? await client.generate(GenerationRequest(prompt: "\(kind) \(characters)", model: "m"))
            }
        }
        try Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
        let before = memory("VmRSS")
        var outcome = ""
        do {
            for try await event in client.generateStream(GenerationRequest(prompt: prompt, model: "m")) {
                outcome = "\(event.image.data?.count ?? 0)"
            }
        } catch {
            outcome = error.code.rawValue
        }
        return (memory("VmHWM") - before, outcome)
    }

    @Test("An image of 28 MiB takes its bytes and one MiB, in a stream and in a plain response")
    func large() async {
        await #expect(processExitsWith: .success) {
            for kind in ["stream", "json"] {
                let (growth, outcome) = try await Self.growth("\(kind) \(28 << 20)")
                try #require(outcome == "\((28 << 20) / 4 * 3)")
                try #require(growth <= (28 << 10) / 4 * 3 + 1_024, "\(kind): \(growth) KiB")
            }
        }
    }

    @Test("An image just over 64 MiB, beyond the limit of other parsers")
    func larger() async {
        await #expect(processExitsWith: .success) {
            let (growth, outcome) = try await Self.growth("stream \((64 << 20) + 4)")
            try #require(outcome == "\((64 << 20) / 4 * 3 + 3)")
            try #require(growth <= (64 << 10) / 4 * 3 + 1_024, "\(growth) KiB")
        }
    }

    @Test("The same in pieces of 4,093 bytes")
    func pieces() async {
        await #expect(processExitsWith: .success) {
            let (growth, outcome) = try await Self.growth("stream \(2 << 20) 4093")
            try #require(outcome == "\((2 << 20) / 4 * 3)")
            try #require(growth <= (2 << 10) / 4 * 3 + 1_024, "\(growth) KiB")
        }
    }

    @Test("What cannot be read takes the memory of its decoded bytes, whatever form its base64 has")
    func unusable() async {
        await #expect(processExitsWith: .success) {
            for form in ["", "wrapped", "urlsafe"] {
                // One character more than whole groups of four.
                let (growth, outcome) = try await Self.growth("json \((28 << 20) + 1) \(form)")
                try #require(outcome == "malformedBase64")
                try #require(growth <= (28 << 10) / 4 * 3 + 1_536, "\(form): \(growth) KiB")
            }
        }
    }

    @Test("A comment line of 64 MiB takes no memory")
    func ignoredLines() async {
        await #expect(processExitsWith: .success) {
            let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 16)
            for start in [": ", "id: ", "x", "event: "] {
                var scanner = EventStreamScanner()
                try #require(try EventStreamTests.feed((Array(start.utf8) + piece)[...], &scanner).isEmpty)
                try Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
                let before = Self.memory("VmRSS")
                for _ in 1..<1_024 { try #require(try EventStreamTests.feed(piece[...], &scanner).isEmpty) }
                let growth = Self.memory("VmHWM") - before
                try #require(growth <= 1_024, "\(start): \(growth) KiB")
                // And what follows is still read.
                let name = start == "event: " ? String(repeating: "x", count: 256) : ""
                let next = Array("\ndata: 1\n\n".utf8)
                try #require(try EventStreamTests.feed(next[...], &scanner) == [.init(name, "1")])
            }
        }
    }

    @Test("The limit of 96 MiB accepts its value and nothing above, and more is not read")
    func limit() async {
        await #expect(processExitsWith: .success) {
            try #require(try await Self.growth("stream \(96 << 20)").outcome == "\((96 << 20) / 4 * 3)")
            let (growth, outcome) = try await Self.growth("stream \((96 << 20) + 4)")
            try #require(outcome == "limitExceeded")
            try #require(growth <= (96 << 10) / 4 * 3 + 8_192, "\(growth) KiB")
        }
    }
}
#endif
