import Foundation
import Testing

@testable import ImagesAPI

@Suite("Spool on a disk that does not respond", .timeLimit(.minutes(2)))
struct HungDiskTests {
    let folder: TemporaryFolder
    let barrier = Barrier()
    let writer: DiskWriter

    init() throws {
        folder = try TemporaryFolder()
        writer = DiskWriter.shared(for: folder.path)
    }

    /// All threads of the folder wait for the disk, and more than that.
    private func hang() {
        for _ in 0..<(DiskWriter.maximumThreads + 4) { #expect(writer.enqueue { barrier.wait() }) }
    }

    private func server(_ before: @escaping @Sendable () -> Void = {}) throws -> LoopbackServer {
        try LoopbackServer { connection, _ in
            before()
            connection.respond(json: Samples.response([Samples.png]))
        }
    }

    @Test("refuses a request within its time, unsent and unrecorded, and does not delay other spools")
    func unsent() async throws {
        let server = try server()
        defer { server.stop() }
        defer { barrier.open() }
        hang()
        let client = try Samples.client(server) {
            $0.spoolDirectory = folder.path
            $0.timeouts.total = .milliseconds(100)
        }
        let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        #expect(error?.code == .spoolNotWritable && error?.mayHaveBeenBilled == false)
        #expect(error?.message.contains("did not respond") == true)
        #expect(error?.message.hasSuffix("Nothing was sent.") == true)
        #expect(server.requests.isEmpty)

        let sound = try TemporaryFolder()
        _ = try await Samples.client(server) { $0.spoolDirectory = sound.path }.generate(Samples.generation)
        barrier.open()
        // What was queued runs after the barrier, and in order.
        try await writer.run(timeout: .seconds(60)) {}
        #expect(try await Purchase.DirectoryJournal(folder.path).list().isEmpty)
        #expect(folder.names.isEmpty)
    }

    @Test("sends the request unspooled after the same time if that is allowed")
    func allowed() async throws {
        let server = try server()
        defer { server.stop() }
        defer { barrier.open() }
        hang()
        let client = try Samples.client(server) {
            $0.spoolDirectory = folder.path
            $0.allowsUnspooledRequests = true
            $0.timeouts.total = .seconds(1)
        }
        let response = try await client.generate(Samples.generation)
        #expect(response.spooledFile == nil && response.images.count == 1)
    }

    @Test("ends a request that was sent within its time, as one that may have been billed, and keeps its response")
    func sent() async throws {
        let server = try server { hang() }
        defer { server.stop() }
        defer { barrier.open() }
        let client = try Samples.client(server) {
            $0.spoolDirectory = folder.path
            $0.timeouts.total = .seconds(1)
        }
        let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        #expect(error?.code == .totalTimeout && error?.mayHaveBeenBilled == true)
        let key = try #require(error?.facts["purchaseKey"])
        barrier.open()
        let journal = Purchase.DirectoryJournal(folder.path)
        while try await journal.list().first?.state != .done { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try await journal.response(for: key).images.count == 1)
    }

    @Test("is reported by the journal within its own time")
    func list() async throws {
        defer { barrier.open() }
        hang()
        let journal = Purchase.DirectoryJournal(folder.path, timeout: .milliseconds(20))
        let error = await #expect(throws: ImagesAPIError.self) { try await journal.list() }
        #expect(error?.code == .spoolNotWritable)
    }

    @Test("makes no file that will not be written", arguments: ["missing", ""])
    func noFile(name: String) throws {
        let place = SpoolFolder(name.isEmpty ? folder.path : "\(folder.path)/\(name)")
        if name.isEmpty {
            var file: SpoolFile? = try place.createResponse(stem: "gesso-k")
            #expect(folder.names == ["gesso-k.part"])
            #expect(place.responseFiles(stem: "gesso-k").isEmpty)
            file?.discard()
            file = nil
        } else {
            let error = #expect(throws: ImagesAPIError.self) { try place.createResponse(stem: "gesso-k") }
            #expect(error?.code == .spoolNotWritable && error?.message.contains("Nothing was sent") == true)
        }
        #expect(folder.names.isEmpty)
    }

    @Test("A file named without a directory is in the current directory")
    func currentFolder() {
        let name = "gesso-\(UUID())"
        var file = AtomicFileWriter(named: name)
        #expect(file.isSound)
        [UInt8](repeating: 1, count: 10).withUnsafeBytes { file.write($0) }
        let closed = file.close(fileExtension: "json")
        defer { try? FileManager.default.removeItem(atPath: "\(name).json") }
        #expect(closed == "\(name).json" && FileManager.default.fileExists(atPath: "\(name).json"))
    }
}
