import Foundation
import Gesso
import Testing

@Suite("Files that are read whole")
struct FileContentsTests {
    private static func with<R>(_ content: Data, _ body: (String) throws -> R) throws -> R {
        let path = FileManager.default.temporaryDirectory.appending(path: "gesso-\(UUID().uuidString)").path
        try content.write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    private static func code(_ path: String, maximum: Int = 100) -> GessoError.Code? {
        do throws(GessoError) {
            _ = try FileContents.read(path, maximum: maximum)
            return nil
        } catch {
            return error.facts["path"] == path ? error.code : nil
        }
    }

    @Test("Shortening a file that is held changes none of its bytes", arguments: [1, 5_000, 3_000_000])
    func shortened(length: Int) async {
        await #expect(processExitsWith: .success) { [length] in
            let content = Data((0..<length).map { UInt8(truncatingIfNeeded: $0 / 3) })
            try Self.with(content) { path in
                let held = try FileContents.read(path)
                try #require(truncate(path, 0) == 0)
                try #require(held == content)
            }
        }
    }

    @Test("A file as long as the maximum is read, one byte more is refused", arguments: [1, 99, 100, 101, 5_000])
    func maximum(length: Int) throws {
        try Self.with(Data(count: length)) { path in
            #expect(Self.code(path) == (length <= 100 ? nil : .tooManyBytes))
            let count = try FileContents.read(path).count
            #expect(count == length)
        }
    }

    @Test("What has no end is read to the maximum and refused")
    func endless() { #expect(Self.code("/dev/zero", maximum: 3_000_000) == .tooManyBytes) }

    @Test("A pipe is read to its end")
    func pipe() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "gesso-\(UUID().uuidString)").path
        #expect(mkfifo(path, 0o600) == 0)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let content = Data((0..<2_500_000).map { UInt8(truncatingIfNeeded: $0 / 7) })
        let writer = Thread {
            guard let handle = FileHandle(forWritingAtPath: path) else { return }
            try? handle.write(contentsOf: content)
            try? handle.close()
        }
        writer.start()
        #expect(try FileContents.read(path) == content)
    }

    @Test("What cannot be read says so, with its path")
    func refusals() throws {
        #expect(Self.code("/nonexistent/file") == .fileNotFound)
        #expect(Self.code("/etc/hostname/file") == .fileNotFound)
        #expect(Self.code("/") == .fileNotReadable)
        try Self.with(Data()) { #expect(Self.code($0) == .emptyInput) }
    }
}
