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

    @Test(
        "has the name that the user typed",
        arguments: [
            "a b.png", ".hidden", "\u{fc}n\u{ef}.png", "%41.png", "a?b#c.png", "-x", "~", "tab\t.png",
            "two.dots.tar.png",
            String(repeating: "x", count: 255),
        ])
    func typed(_ name: String) throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        try OutputFile(at: "\(directory.path)/\(name)").write(Data("x".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == [name])
    }

    @Test("needs a name", arguments: ["", "a/", ".", "..", "a/..", "a\u{0}b"])
    func nameless(_ path: String) {
        let error = #expect(throws: GessoError.self) { try OutputFile(at: path) }
        #expect(error?.code == .invalidParameter)
    }

    @Test(
        "is never put in the place of a pipe, a device, a socket, a directory or a descriptor",
        arguments: [false, true])
    func special(_ overwrites: Bool) throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let pipe = directory.appending(path: "pipe").path
        #expect(mkfifo(pipe, 0o600) == 0)
        let link = directory.appending(path: "link").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/dev/null")
        for path in [pipe, link, "/dev/null", "/dev/stdout", "/proc/self/fd/1", directory.path] {
            let error = #expect(throws: GessoError.self) {
                try OutputFile(at: path).write(Data("x".utf8), overwrites: overwrites)
            }
            #expect(error?.code == .fileNotWritable)
        }
        try OutputFile(at: link, opensStreams: true).write(Data("x".utf8), overwrites: overwrites)
        // Not a task: writing blocks this thread until somebody reads, to the end, or the writer gets SIGPIPE.
        Thread.detachNewThread { _ = try? FileHandle(forReadingAtPath: pipe)?.readToEnd() }
        try OutputFile(at: pipe, opensStreams: true).write(Data("through".utf8), overwrites: overwrites)
        var status = stat()
        #expect(lstat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
        #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    }

    @Test("says before the work that it exists, and names the option")
    func existing() throws {
        defer { try? FileManager.default.removeItem(at: directory) }
        let file = try OutputFile(in: directory, named: "a.png")
        try file.check(overwrites: false)
        try file.write(Data("x".utf8))
        let error = #expect(throws: GessoError.self) { try file.check(overwrites: false) }
        #expect(error?.code == .fileExists && error?.message.contains("--force") == true)
        try file.check(overwrites: true)
    }
}

@Suite("Names made from other names")
struct OutputNamesTests {
    @Test("are short and ASCII, and two names stay two")
    func reduced() {
        for name in ["photo", "photo-old", "a_b.v2", "IMG_0001"] { #expect(OutputNames.reduced(name) == name) }
        let others = [
            "", "-", "\u{65e5}\u{672c}", "\u{444}", "a b", "a?b", "a/b", String(repeating: "x", count: 81), "ab\u{301}",
        ]
        let names = others.map { OutputNames.reduced($0) }
        #expect(Set(names).count == others.count)
        for name in names { #expect(name.utf8.count <= 80 && !name.hasPrefix("-") && !name.hasPrefix(".")) }
    }

    @Test(
        "collide with what the same request would write, and with nothing else",
        arguments: [
            ("photo-0.png", true), ("photo-0.webp", true), ("photo-1.png", true), ("photo-2.png", false),
            ("photo-old-0.png", false), ("photo-0-256.webp", true), ("photo-0-256-2.webp", true),
            ("photo-0-128.webp", false), ("photo-0-returned.png", true), ("photo-0-incomplete.png", true),
            ("photo-partial-0.png", true), ("photo-region-3-0-returned.png", true), ("photo-2-0.png", false),
            ("photo.png", false), ("photo-album.zip", false), ("photo-0", false),
        ])
    func collisions(_ name: String, _ collides: Bool) {
        #expect(
            OutputNames.collides(name, stem: "photo", count: 2, labels: ["256", "full"], isEdit: false) == collides)
    }
}
