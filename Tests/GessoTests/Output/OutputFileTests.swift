import Foundation
import Testing

@testable import Gesso

@Suite("An output file")
struct OutputFileTests {
    let directory = FileManager.default.temporaryDirectory.appending(path: "gesso-\(UUID().uuidString)")

    @Test("appears whole, in a directory that it makes")
    func writes() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let data = Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0) })
        let file = try OutputFile(in: directory.appending(path: "deeper"), named: "a.png")
        try file.write(data)
        #expect(try Data(contentsOf: file.url) == data)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: directory.appending(path: "deeper").path) == ["a.png"])
    }

    @Test("keeps what was there, unless it may overwrite")
    func keeps() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = try OutputFile(in: directory, named: "a.png")
        try file.write(Data("old".utf8))
        let error = #expect(throws: GessoError.self) { try file.write(Data("new".utf8)) }
        #expect(error?.code == .fileExists)
        #expect(try Data(contentsOf: file.url) == Data("old".utf8))
        try file.write(Data("new".utf8), overwrites: true)
        #expect(try Data(contentsOf: file.url) == Data("new".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["a.png"])
    }

    @Test(
        "never leaves its directory", arguments: ["", ".", "..", ".hidden", "a/b", "../a", "a\u{0}b", "ä.png", "a b"])
    func names(_ name: String) {
        #expect(throws: GessoError.self) { try OutputFile(in: directory, named: name) }
    }

    @Test("leaves nothing behind when the directory cannot be made")
    func unwritable() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        try OutputFile(in: directory, named: "file").write(Data("x".utf8))
        let below = try OutputFile(in: directory.appending(path: "file"), named: "a.png")
        let error = #expect(throws: GessoError.self) { try below.write(Data("y".utf8)) }
        #expect(error?.code == .fileNotWritable)
    }
}
