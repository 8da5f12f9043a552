import Foundation
import Gesso
import Testing

@testable import GessoBatch

@Suite("The logs of a batch run")
struct BatchLogTests {
    private struct Line: Codable, Equatable {
        let number: Int
    }

    private func lines(_ path: String) throws -> [Line] {
        let reader = try LineReader(path)
        var lines: [Line] = []
        while let (text, _) = try reader.next() { lines.append(try JSONDecoder().decode(Line.self, from: text)) }
        return lines
    }

    @Test("lose a last line that is not whole, and keep all others", arguments: [1, 70_000])
    func torn(count: Int) throws {
        let fixture = try BatchFixture()
        let path = fixture.root.appending(path: "a.log").path
        let log = try AppendLog(path)
        for number in 1...2 { try log.append(Line(number: number), synced: false) }
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data("{".utf8) + Data(repeating: 32, count: count))
        try file.close()
        let again = try AppendLog(path)
        try again.append(Line(number: 3), synced: true)
        #expect(try lines(path) == [Line(number: 1), Line(number: 2), Line(number: 3)])
    }

    @Test("do not let a failure hide images that are here, nor anything a job that is done")
    func outcomes() throws {
        let fixture = try BatchFixture()
        let folder = RunFolder(fixture.root.path)
        let log = try OutcomeLog(folder)
        let record = JobRecord(line: 1, job: BatchFixture.generation("a"), requests: [0])
        func append(_ status: BatchRun.Outcome.State) throws -> Bool {
            try log.append(BatchRun.Outcome(record, shard: 1, status))
        }
        #expect(try append(.failed))
        #expect(try append(.unfinished))
        #expect(try !append(.failed))
        #expect(log.counts.unfinished == 1 && log.counts.failed == 0)
        #expect(try append(.done))
        #expect(try !append(.failed))
        #expect(try !append(.unfinished))
        #expect(try OutcomeLog(folder).entry(1)?.status == .done)
    }

    @Test("name no uploaded image that the server deletes before a batch can have used it")
    func uploads() throws {
        let fixture = try BatchFixture()
        let folder = RunFolder(fixture.root.path)
        let now = Int(Date().timeIntervalSince1970)
        let lines = [
            #"{"digest":"new","expires":\#(now + 1_000_000),"fileID":"file-new"}"#,
            #"{"digest":"old","fileID":"file-old"}"#,
            #"{"digest":"gone","expires":\#(now + 86_400),"fileID":"file-gone"}"#,
        ]
        try Data(lines.map { "\($0)\n" }.joined().utf8).write(to: URL(filePath: folder.uploadsFile))
        let uploads = try ImageUploads(folder)
        #expect(try uploads.fileID(of: "new") == "file-new")
        #expect(try uploads.fileID(of: "old") == "file-old")
        #expect(throws: GessoError.self) { try uploads.fileID(of: "gone") }
    }
}
