import Foundation
import Testing

@testable import ImagesAPI

/// Times on a disk that Scripts/slow-disk makes slow or broken by a preloaded library; not part of the suite itself.
@Suite("On a slow disk", .serialized, .enabled(if: ProcessInfo.processInfo.environment["GESSO_SLOW_DISK"] != nil))
struct SlowDiskTests {
    private static func spool() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gesso-slow-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    private static func server() throws -> LoopbackServer {
        try LoopbackServer { connection, _ in
            connection.answer(json: Samples.response([Samples.png(byteCount: 400_000)]))
        }
    }

    @Test("requests without a disk take no longer, and cancels end within 100 ms for 99 of 100")
    func times() async throws {
        let server = try Self.server()
        defer { server.stop() }
        let folder = try Self.spool()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let client = try Samples.client(server)
        let spooled = client.with { $0.spoolDirectory = folder }
        let start = ContinuousClock.now
        let slow = (0..<6).map { _ in Task { try await spooled.create(Samples.create) } }
        try await Task.sleep(for: .milliseconds(100))

        var plain: [Duration] = []
        for _ in 0..<40 {
            let begin = ContinuousClock.now
            _ = try await client.create(Samples.create)
            plain.append(ContinuousClock.now - begin)
        }
        var cancels: [Duration] = []
        var generator = SplitMix(seed: 3)
        for _ in 0..<200 {
            let task = Task { try await spooled.create(Samples.create) }
            try await Task.sleep(for: .microseconds(Int.random(in: 0..<60_000, using: &generator)))
            let begin = ContinuousClock.now
            task.cancel()
            _ = await task.result
            cancels.append(ContinuousClock.now - begin)
        }
        var ends: [String] = []
        for task in slow {
            switch await task.result {
            case .success: ends.append("done")
            case .failure(let error): ends.append((error as? ImagesAPIError)?.code.rawValue ?? "\(error)")
            }
        }
        let whole = ContinuousClock.now - start
        plain.sort()
        cancels.sort()
        print(
            "slow disk: six spooled requests \(ends) in \(whole); 40 others: median \(plain[20]), longest \(plain[39]); "
                + "200 cancels: median \(cancels[100]), p99 \(cancels[197]), longest \(cancels[199])")
        #expect(plain[39] < .milliseconds(250))
        #expect(cancels[197] < .milliseconds(100))
        #expect(ends.allSatisfy { ["done", "spoolNotWritable"].contains($0) })
    }
}
