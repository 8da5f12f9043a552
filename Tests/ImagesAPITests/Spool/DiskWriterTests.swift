import Foundation
import Testing

@testable import ImagesAPI

@Suite("The disk writer", .timeLimit(.minutes(3)))
struct DiskWriterTests {
    @Test("gives every job a thread at once up to its limit, and the others a thread in turn")
    func threads() async throws {
        let writer = DiskWriter()
        let barrier = Barrier()
        let order = Locked<[Int]>([])
        for index in 0..<(DiskWriter.maximumThreads + 4) {
            #expect(
                writer.enqueue {
                    barrier.wait()
                    order.withLock { $0.append(index) }
                })
        }
        while barrier.arrivals < DiskWriter.maximumThreads { try await Task.sleep(for: .milliseconds(1)) }
        #expect(order.withLock { $0.isEmpty })
        barrier.open()
        while order.withLock({ $0.count }) < DiskWriter.maximumThreads + 4 {
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(order.withLock { $0.sorted() } == Array(0..<(DiskWriter.maximumThreads + 4)))
    }

    @Test("returns or throws what the work returns or throws")
    func results() async throws {
        #expect(try await DiskWriter().run(timeout: .seconds(60)) { 7 } == 7)
        let error = await #expect(throws: ImagesAPIError.self) {
            try await DiskWriter().run(timeout: .seconds(60)) { throw ImagesAPIError(.spoolNotWritable, "full") }
        }
        #expect(error?.code == .spoolNotWritable)
    }

    @Test("ends a cancelled wait at once, and lets the result of work that had begun be undone")
    func cancelled() async throws {
        let writer = DiskWriter()
        let barrier = Barrier()
        let undone = Locked<Int?>(nil)
        let task = Task {
            try await writer.run(timeout: .seconds(60)) {
                barrier.wait()
                return 3
            } undo: { value in
                undone.withLock { $0 = value }
            }
        }
        while barrier.arrivals == 0 { try await Task.sleep(for: .milliseconds(1)) }
        task.cancel()
        // Would never end if it waited for the work.
        let error = await #expect(throws: ImagesAPIError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        #expect(undone.withLock { $0 } == nil)
        barrier.open()
        while undone.withLock({ $0 }) == nil { try await Task.sleep(for: .milliseconds(1)) }
        #expect(undone.withLock { $0 } == 3)
    }

    @Test(
        "does work without undo even after a cancellation, and does not begin work with undo", arguments: [true, false])
    func cancelledBeforehand(_ canBeUndone: Bool) async throws {
        let writer = DiskWriter()
        let done = Locked(0)
        var undo: (@Sendable (Int) -> Void)?
        if canBeUndone { undo = { _ in done.withLock { $0 = -1 } } }
        let work: @Sendable () throws -> Int = {
            done.withLock { count in
                count += 10
                return count
            }
        }
        let task = Task { [undo] in
            withUnsafeCurrentTask { $0?.cancel() }
            return try await writer.run(timeout: .seconds(60), work, undo: undo)
        }
        let error = await #expect(throws: ImagesAPIError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        // Its thread ends after the work, or after leaving it out.
        while writer.hasThreads { try await Task.sleep(for: .milliseconds(1)) }
        #expect(done.withLock { $0 } == (canBeUndone ? 0 : 10))
    }

    @Test("ends a wait for a disk that does not respond with an error that says so, and does not begin its work later")
    func timeout() async throws {
        let writer = DiskWriter()
        let barrier = Barrier()
        for _ in 0..<DiskWriter.maximumThreads { #expect(writer.enqueue { barrier.wait() }) }
        let begun = Locked(false)
        let error = await #expect(throws: ImagesAPIError.self) {
            try await writer.run(timeout: .milliseconds(20)) {
                begun.withLock { $0 = true }
            } undo: { _ in
            }
        }
        #expect(error?.code == .spoolNotWritable && error?.message.contains("did not respond") == true)
        barrier.open()
        while writer.hasThreads { try await Task.sleep(for: .milliseconds(1)) }
        #expect(!begun.withLock { $0 })
    }

    @Test("does not delay other directories when one disk does not respond")
    func folders() async throws {
        let barrier = Barrier()
        defer { barrier.open() }
        let (dead, sound) = (DiskWriter.shared(for: "/dead/\(UUID())"), DiskWriter.shared(for: "/sound/\(UUID())"))
        for _ in 0..<(2 * DiskWriter.maximumThreads) { #expect(dead.enqueue { barrier.wait() }) }
        #expect(try await sound.run(timeout: .seconds(60)) { 5 } == 5)
    }

    @Test("gives each directory a thread, however many others are blocked")
    func manyFolders() async throws {
        let barrier = Barrier()
        defer { barrier.open() }
        let all = Locked(0)
        for _ in 0..<12 {
            let dead = DiskWriter(countedIn: all)
            for _ in 0..<DiskWriter.maximumThreads { #expect(dead.enqueue { barrier.wait() }) }
        }
        #expect(all.withLock { $0 } == DiskWriter.maximumFurtherThreads + 4)
        #expect(try await DiskWriter(countedIn: all).run(timeout: .seconds(60)) { 5 } == 5)
    }

    @Test("is one for each directory while it is in use")
    func registry() {
        let folder = "/folder/\(UUID())"
        let writer = DiskWriter.shared(for: folder)
        #expect(DiskWriter.shared(for: folder) === writer)
        #expect(DiskWriter.shared(for: folder + "/") !== writer)
    }

    @Test("throws when no thread can be started")
    func noThread() async throws {
        let writer = DiskWriter { _ in 11 }
        #expect(!writer.enqueue {})
        let held = #expect(throws: ImagesAPIError.self) { try writer.holdThread() }
        let ran = await #expect(throws: ImagesAPIError.self) { try await writer.run(timeout: .seconds(60)) {} }
        #expect(held?.code == .outOfMemory && ran?.code == .outOfMemory)
    }

    @Test("does every job on the held thread when no other can be started", .timeLimit(.minutes(1)))
    func heldThread() async throws {
        let started = Locked(0)
        let writer = DiskWriter { writer in
            let isFirst = started.withLock {
                $0 += 1
                return $0 == 1
            }
            return isFirst ? DiskWriter.startThread(writer) : 11
        }
        let hold = try writer.holdThread()
        for round in 0..<50 {
            #expect(try await writer.run(timeout: .seconds(60)) { round } == round)
            // Idle in between, now and then.
            if round % 10 == 0 { try await Task.sleep(for: .milliseconds(2)) }
        }
        withExtendedLifetime(hold) {}
    }
}

/// Takes what it is given, refuses some of it, and stops at the barrier if it has one.
private final class ProbeReceiver: TransferReceiver, @unchecked Sendable {
    // Sendable holds: every member that changes has its lock.
    let bytes = Locked<[UInt8]>([])
    let ends = Locked<[TransferEnding.Outcome]>([])
    let abandoned = Locked<[TransferEnding.Outcome]>([])
    let refusals: Locked<Int>
    let barrier: Barrier?
    let verdict: ReceiverVerdict

    init(refusals: Int = 0, barrier: Barrier? = nil, verdict: ReceiverVerdict = .more) {
        self.refusals = Locked(refusals)
        self.barrier = barrier
        self.verdict = verdict
    }

    func head(_ head: ResponseHead) -> ReceiverVerdict { .more }

    func body(_ piece: UnsafeRawBufferPointer) -> ReceiverVerdict {
        barrier?.wait()
        let refuses = refusals.withLock { left in
            left -= 1
            return left >= 0
        }
        if refuses { return .pause }
        bytes.withLock { $0 += piece }
        return verdict
    }

    func end(_ ending: TransferEnding) -> String? {
        ends.withLock { $0.append(ending.outcome) }
        return nil
    }

    func abandon(_ ending: TransferEnding) { abandoned.withLock { $0.append(ending.outcome) } }
}

@Suite("A receiver on the disk writer's threads", .timeLimit(.minutes(3)))
struct OffloadedReceiverTests {
    private static func give(_ bytes: [UInt8], to receiver: OffloadedReceiver) -> ReceiverVerdict {
        bytes.withUnsafeBytes { receiver.body($0) }
    }

    private static func until(_ condition: () -> Bool) async throws {
        while !condition() { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test(
        "receives every byte once and in order, and its end last, however often it refuses", arguments: [0, 1, 5, 40])
    func order(_ refusals: Int) async throws {
        let probe = ProbeReceiver(refusals: refusals)
        let receiver = OffloadedReceiver(probe, thread: try DiskWriter().holdThread())
        var expected: [UInt8] = []
        _ = receiver.head(ResponseHead(status: 200))
        for index in 0..<200 {
            let piece = [UInt8](repeating: UInt8(index), count: 1_000)
            expected += piece
            while case .pause = Self.give(piece, to: receiver) { try await Task.sleep(for: .milliseconds(1)) }
            if index % 3 == 0 { receiver.unpark() }
        }
        _ = receiver.end(TransferEnding(outcome: .complete))
        while !receiver.isFinished {
            receiver.unpark()
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(probe.bytes.withLock { $0 } == expected)
        #expect(probe.ends.withLock { $0 } == [.complete])
    }

    @Test("pauses the network when the disk is behind, and resumes when it has caught up")
    func bounded() async throws {
        let barrier = Barrier()
        let probe = ProbeReceiver(barrier: barrier)
        let receiver = OffloadedReceiver(probe, thread: try DiskWriter().holdThread())
        let resumes = Locked(0)
        receiver.sendCommand = { command in if case .resume = command { resumes.withLock { $0 += 1 } } }
        let piece = [UInt8](repeating: 1, count: 100_000)
        var taken = 0
        while case .more = Self.give(piece, to: receiver) { taken += 1 }
        #expect(taken == OffloadedReceiver.capacity / 100_000)
        #expect(resumes.withLock { $0 } == 0)
        barrier.open()
        try await Self.until { resumes.withLock { $0 } > 0 }
        guard case .more = Self.give(piece, to: receiver) else {
            Issue.record("It refused bytes after it had asked for them.")
            return
        }
    }

    @Test("joins single bytes into pieces, in order")
    func tinyPieces() async throws {
        let barrier = Barrier()
        let probe = ProbeReceiver(barrier: barrier)
        let receiver = OffloadedReceiver(probe, thread: try DiskWriter().holdThread())
        for index in 0..<100_000 {
            guard case .more = Self.give([UInt8(truncatingIfNeeded: index)], to: receiver) else {
                Issue.record("It refused byte \(index).")
                return
            }
        }
        barrier.open()
        _ = receiver.end(TransferEnding(outcome: .complete))
        try await Self.until { receiver.isFinished }
        #expect(probe.bytes.withLock { $0 } == (0..<100_000).map { UInt8(truncatingIfNeeded: $0) })
        // One or two pieces while the first held the thread up, and the rest.
        #expect(barrier.arrivals <= 3)
    }

    #if os(Linux)
    @Test("ends when a stream is left while an image waits, and keeps what arrived")
    func leftEarly() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let server = try LoopbackServer { connection, _ in
            let events = (0..<3).map {
                StreamingTests.event("partial_image", Samples.png(byteCount: 90_000), index: $0)
            }
            connection.write(StreamingTests.head + "\r\n" + events.joined())
            _ = connection.seesHangUp(within: 20)
        }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.spoolDirectory = folder }
        func openFiles() -> [String] {
            let links = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
            return links.compactMap {
                try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
            }
            .filter { $0.hasPrefix(folder) && $0.hasSuffix(".part") }
        }
        func read() async throws {
            for try await _ in client.generateStream(Samples.generation, partialImages: 3) {
                try await Task.sleep(for: .milliseconds(200))
                break
            }
        }
        try await read()
        try await Self.until { openFiles().isEmpty }
        let parts = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".part") }
        let size = try parts.first.map { try Data(contentsOf: URL(filePath: "\(folder)/\($0)")).count } ?? 0
        #expect(parts.count == 1 && size > 240_000)
        client.shutdown()
        await client.waitUntilShutDown()
    }
    #endif

    @Test("accepts a piece that is larger than the queue when the queue is empty")
    func largePiece() async throws {
        let probe = ProbeReceiver()
        let receiver = OffloadedReceiver(probe, thread: try DiskWriter().holdThread())
        let piece = [UInt8](repeating: 9, count: OffloadedReceiver.capacity * 2)
        guard case .more = Self.give(piece, to: receiver) else {
            Issue.record("It refused the first piece.")
            return
        }
        try await Self.until { probe.bytes.withLock { $0.count } == piece.count }
    }

    @Test("passes its verdicts to the loop, and receives no bytes after a stop")
    func verdicts() async throws {
        for verdict in [ReceiverVerdict.stop, .drain] {
            let probe = ProbeReceiver(verdict: verdict)
            let receiver = OffloadedReceiver(probe, thread: try DiskWriter().holdThread())
            let commands = Locked<[String]>([])
            receiver.sendCommand = { command in commands.withLock { $0.append("\(command)") } }
            _ = Self.give([1], to: receiver)
            try await Self.until { commands.withLock { $0.contains("\(verdict)") } }
            let isStopped = if case .stop = Self.give([2], to: receiver) { true } else { false }
            #expect(isStopped == (verdict == .stop))
            _ = receiver.end(TransferEnding(outcome: .stopped))
            try await Self.until { receiver.isFinished }
            #expect(probe.bytes.withLock { $0 } == (verdict == .stop ? [1] : [1, 2]))
        }
    }

    private static func imageServer() throws -> LoopbackServer {
        try LoopbackServer { connection, _ in
            connection.respond(json: Samples.response([Samples.png(byteCount: 50_000)]))
        }
    }

    /// A transfer whose first bytes are with a disk that does not respond until the barrier opens.
    private static func blockedTransfer(
        of client: ImagesClient, to server: LoopbackServer, _ probe: ProbeReceiver, _ barrier: Barrier
    ) async throws -> (Transfer, OffloadedReceiver) {
        let receiver = OffloadedReceiver(probe, thread: try DiskWriter().holdThread())
        var request = TransferRequest(endpoint: .generations, url: server.baseURL + "/images/generations")
        request.allowsHTTP = true
        let transfer = Transfer(request, receiver: receiver)
        let loop = client.core.loop
        receiver.sendCommand = { [weak transfer] command in if let transfer { loop.perform(command, of: transfer) } }
        loop.start(transfer)
        try await until { barrier.arrivals == 1 }
        return (transfer, receiver)
    }

    @Test("lets a cancelled request end and others continue while the disk does not respond")
    func cancelWhileBlocked() async throws {
        let server = try Self.imageServer()
        defer { server.stop() }
        let client = try Samples.client(server)
        let barrier = Barrier()
        let probe = ProbeReceiver(barrier: barrier)
        let (transfer, receiver) = try await Self.blockedTransfer(of: client, to: server, probe, barrier)
        // Its disk does not respond; requests without that disk are not affected.
        #expect(try await client.generate(Samples.generation).images.count == 1)
        client.core.loop.cancel(transfer)
        try await Self.until { probe.abandoned.withLock { !$0.isEmpty } }
        #expect(probe.abandoned.withLock { $0 } == [.cancelled])
        #expect(probe.ends.withLock { $0.isEmpty })
        barrier.open()
        try await Self.until { receiver.isFinished }
        #expect(probe.ends.withLock { $0.count } == 1)
        client.shutdown()
        await client.waitUntilShutDown()
    }

    @Test("refuses transfers after shutdown at once, although the disk does not respond")
    func refusedStart() async throws {
        let writer = DiskWriter()
        let barrier = Barrier()
        for _ in 0..<DiskWriter.maximumThreads { #expect(writer.enqueue { barrier.wait() }) }
        let client = ImagesClient()
        client.shutdown()
        await client.waitUntilShutDown()
        let probe = ProbeReceiver()
        let receiver = OffloadedReceiver(probe, thread: try writer.holdThread())
        client.core.loop.start(
            Transfer(TransferRequest(endpoint: .generations, url: "https://localhost/"), receiver: receiver))
        #expect(probe.abandoned.withLock { $0 } == [.shutDown])
        #expect(probe.ends.withLock { $0.isEmpty })
        barrier.open()
        try await Self.until { receiver.isFinished }
        #expect(probe.ends.withLock { $0 } == [.shutDown])
    }

    @Test("is shut down while the disk does not respond, and leaves it the bytes that arrived")
    func shutDownWhileBlocked() async throws {
        let server = try Self.imageServer()
        defer { server.stop() }
        let client = try Samples.client(server)
        let barrier = Barrier()
        let probe = ProbeReceiver(barrier: barrier)
        _ = try await Self.blockedTransfer(of: client, to: server, probe, barrier)
        client.shutdown()
        try await Self.until { probe.abandoned.withLock { !$0.isEmpty } }
        barrier.open()
        await client.waitUntilShutDown()
        #expect(probe.ends.withLock { $0.count } == 1)
        #expect(probe.bytes.withLock { !$0.isEmpty })
    }
}
