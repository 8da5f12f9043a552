import Foundation
import GessoCodecs
import Synchronization
import Testing

@testable import Gesso

@Suite("A worker")
struct WorkerTests {
    /// A pipe whose ends are closed when the test ends.
    private final class Pipes {
        let input = Pipe()
        let output = Pipe()

        func send(_ text: String) { input.fileHandleForWriting.write(Data(text.utf8)) }
        func end() { input.fileHandleForWriting.closeFile() }

        /// The lines of the output so far; the worker has ended.
        func lines() throws -> [JSONValue] {
            output.fileHandleForWriting.closeFile()
            let data = output.fileHandleForReading.readDataToEndOfFile()
            return try data.split(separator: UInt8(ascii: "\n")).map {
                try JSONDecoder().decode(JSONValue.self, from: Data($0))
            }
        }
    }

    private struct Described: Encodable, Sendable { let code: String }

    private func worker(
        _ operation: @escaping Worker.Operation, _ change: (inout Worker.Options) -> Void = { _ in }
    ) -> Worker {
        var options = Worker.Options()
        change(&options)
        return Worker("test", options: options, operations: ["run": operation]) { error in
            Described(code: (error as? GessoError)?.code.rawValue ?? "other")
        }
    }

    @Test("runs no more jobs at a time than its window has, and responds to each")
    func window() async throws {
        let pipes = Pipes()
        let running = Mutex((now: 0, most: 0))
        let worker = worker({ _ in
            running.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            for _ in 0..<20 { await Task.yield() }
            running.withLock { $0.now -= 1 }
            return WorkerResult()
        }) { $0.window = 3 }
        for index in 0..<50 { pipes.send("{\"id\":\"\(index)\",\"operation\":\"run\"}\n") }
        pipes.end()
        try await worker.run(
            StoppableInput(pipes.input.fileHandleForReading.fileDescriptor),
            output: pipes.output.fileHandleForWriting.fileDescriptor)
        let ids = try pipes.lines().dropFirst().compactMap { $0["id"]?.stringValue }
        #expect(Set(ids) == Set((0..<50).map { "\($0)" }) && ids.count == 50)
        #expect(running.withLock { $0.most } <= 3)
    }

    @Test("cancels one job and no other")
    func cancellation() async throws {
        let pipes = Pipes()
        let worker = worker { job in
            if job.id != "quick" { try await Task.sleep(for: .seconds(job.id == "slow" ? 600 : 0)) }
            return WorkerResult()
        }
        pipes.send("{\"id\":\"slow\",\"operation\":\"run\"}\n{\"id\":\"quick\",\"operation\":\"run\"}\n")
        pipes.send("{\"cancel\":\"slow\"}\n{\"id\":\"other\",\"operation\":\"run\"}\n")
        pipes.end()
        try await worker.run(
            StoppableInput(pipes.input.fileHandleForReading.fileDescriptor),
            output: pipes.output.fileHandleForWriting.fileDescriptor)
        let results = try pipes.lines().dropFirst()
        let status = Dictionary(
            uniqueKeysWithValues: results.map { ($0["id"]?.stringValue ?? "", $0["status"]?.stringValue) })
        #expect(status == ["slow": "failed", "quick": "done", "other": "done"])
        #expect(results.compactMap { $0["error"]?["code"]?.stringValue } == ["cancelled"])
    }

    @Test("cancels jobs that start after all were cancelled")
    func lateJobs() async {
        let jobs = RunningJobs(window: 1, windowBytes: 1)
        let isCancelled = Mutex(false)
        await jobs.cancelAll()
        await jobs.admit(0)
        let isStarted = await jobs.start(
            "late", 0,
            responding: {
                isCancelled.withLock { $0 = Task.isCancelled }
                return WorkerResponse(failure: Described(code: "cancelled"), id: "late")
            },
            writing: { _ in })
        await jobs.drain()
        #expect(isStarted)
        #expect(isCancelled.withLock { $0 })
    }

    @Test("takes an id again as soon as its response is read")
    func idsAgain() async throws {
        let pipes = Pipes()
        defer { withExtendedLifetime(pipes) {} }
        let input = try StoppableInput(pipes.input.fileHandleForReading.fileDescriptor)
        let responses = try StoppableInput(pipes.output.fileHandleForReading.fileDescriptor)
        let sending = pipes.input.fileHandleForWriting.fileDescriptor
        let output = pipes.output.fileHandleForWriting.fileDescriptor
        let worker = worker { _ in WorkerResult() }
        async let end: Void = worker.run(input, output: output)
        let refused = try await PixelPool(threadCount: 1).run {
            defer { input.stop() }
            let client = FileHandle(fileDescriptor: sending, closeOnDealloc: false)
            var reader = FrameReader(lineLimit: 1 << 20) { responses.read(into: $0) }
            _ = try reader.line()
            var refused = 0
            for _ in 0..<2_000 {
                client.write(Data("{\"id\":\"same\",\"operation\":\"run\"}\n".utf8))
                guard let line = try reader.line() else { return -1 }
                let response = try JSONDecoder().decode(JSONValue.self, from: line)
                if response["status"]?.stringValue != "done" { refused += 1 }
            }
            return refused
        }
        try await end
        #expect(refused == 0)
    }

    @Test("refuses outputs without a path where results have no bodies", arguments: [true, false])
    func outputsWithoutPath(_ takesBodies: Bool) async throws {
        let pipes = Pipes()
        let worker = worker({ _ in
            let image = EncodedImage(data: Data("data\n".utf8), format: .png, size: Size(width: 1, height: 1))
            return WorkerResult(outputs: [.init(name: "0", image: image)])
        }) { $0.takesBodies = takesBodies }
        pipes.send("{\"id\":\"a\",\"operation\":\"run\"}\n")
        pipes.end()
        try await worker.run(
            StoppableInput(pipes.input.fileHandleForReading.fileDescriptor),
            output: pipes.output.fileHandleForWriting.fileDescriptor)
        pipes.output.fileHandleForWriting.closeFile()
        let data = pipes.output.fileHandleForReading.readDataToEndOfFile()
        let text = String(decoding: data, as: UTF8.self)
        #expect(text.hasSuffix("data\n") == takesBodies)
        #expect(text.contains("\"status\":\"done\"") == takesBodies)
    }

    @Test("tells directories and devices from files, and leaves what cannot be looked at to the opening")
    func irregularFiles() async throws {
        try await withTemporaryFolder { folder in
            let loop = folder.appending(path: "loop").path
            try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
            #expect(FileContents.isRegularFile(loop))
            #expect(throws: GessoError.self) { try FileContents.read(loop) }
            #expect(!FileContents.isRegularFile(folder.path))
            #expect(!FileContents.isRegularFile("/dev/null"))
        }
    }

    @Test("stops reading when it is stopped, and responds to what it has read")
    func stopping() async throws {
        let pipes = Pipes()
        let input = try StoppableInput(pipes.input.fileHandleForReading.fileDescriptor)
        let worker = worker { _ in
            input.stop()
            return WorkerResult()
        }
        pipes.send("{\"id\":\"only\",\"operation\":\"run\"}\n")
        try await worker.run(input, output: pipes.output.fileHandleForWriting.fileDescriptor)
        #expect(try pipes.lines().dropFirst().map { $0["status"] } == ["done"])
    }

    @Test("gives a job its body in parts", arguments: [true, false])
    func parts(_ isNamed: Bool) async throws {
        let pipes = Pipes()
        let parts = Mutex<[String: Data]>([:])
        let worker = worker { job in
            parts.withLock { $0 = job.parts }
            return WorkerResult()
        }
        let names = isNamed ? ",\"parts\":[{\"name\":\"a\",\"bytes\":2},{\"name\":\"b\",\"bytes\":3}]" : ""
        pipes.send("{\"id\":\"x\",\"operation\":\"run\",\"bytes\":5\(names)}\n\n\n{}\n")
        pipes.end()
        try await worker.run(
            StoppableInput(pipes.input.fileHandleForReading.fileDescriptor),
            output: pipes.output.fileHandleForWriting.fileDescriptor)
        let found = parts.withLock { $0 }
        #expect(
            found
                == (isNamed
                    ? ["a": Data("\n\n".utf8), "b": Data("{}\n".utf8)] : ["image": Data("\n\n{}\n".utf8)]))
    }

    @Test("keeps a file that has the same bytes, and any other unless it may replace it")
    func ensures() async throws {
        try await withTemporaryFolder { folder in
            let file = try OutputFile(in: folder, named: "a.png")
            let (data, other) = (Data("data".utf8), Data("data of others".utf8))
            try file.ensure(data, overwrites: false)
            try file.ensure(data, overwrites: false)
            #expect(throws: GessoError.self) { try file.ensure(other, overwrites: false) }
            #expect(try Data(contentsOf: file.url) == data)
            try file.ensure(other, overwrites: true)
            #expect(try Data(contentsOf: file.url) == other)
            #expect(throws: GessoError.self) { try file.ensure(data, overwrites: false) }
        }
    }

    @Test("reads shards as INDEX/COUNT", arguments: ["0/1", "3/4", "4/4", "-1/2", "1", "1/0", "a/b", "0/1/2", ""])
    func shards(_ text: String) {
        #expect((Worker.Shard(text) != nil) == ["0/1", "3/4"].contains(text))
    }
}
