#if SQLite
import Foundation
import GessoMockServer
import ImagesAPI
import Testing

@testable import GessoJobs

extension Purchase.Claim {
    /// The claim in a word.
    fileprivate var text: String {
        switch self {
        case .mine: "mine"
        case .done(let response): "done \(String(decoding: response, as: UTF8.self))"
        case .unknown(let entry): "unknown \(entry.state)"
        }
    }
}

@Suite("A purchase journal, of any backend,", .timeLimit(.minutes(5)))
struct JournalTests {
    @Test(
        "gives a claim to one, and is unknown to others until it is recorded",
        arguments: JournalFixture.Backend.allCases)
    func claims(backend: JournalFixture.Backend) async throws {
        try await JournalFixture.with(backend) { fixture in
            let journal = try fixture.open()
            var release: (@Sendable () -> Void)?
            if case .mine(let mine) = try await journal.claim(JournalFixture.purchase("k")) { release = mine }
            #expect(release != nil)
            for other in [journal, try fixture.open()] {
                #expect(try await other.claim(JournalFixture.purchase("k")).text == "unknown underWay")
                #expect(try await other.list().map(\.state) == [.underWay])
                #expect(try await other.list().first?.mayHaveBeenBilled == true)
            }
            release?()
            // As after a crash: nobody is at work and nothing was recorded.
            for other in [journal, try fixture.open()] {
                #expect(try await other.claim(JournalFixture.purchase("k")).text == "unknown unknown")
                #expect(try await other.list().map(\.state) == [.unknown])
            }
        }
    }

    @Test("releases a claim whose owner drops it", arguments: JournalFixture.Backend.allCases)
    func dropped(backend: JournalFixture.Backend) async throws {
        try await JournalFixture.with(backend) { fixture in
            _ = try await fixture.open().claim(JournalFixture.purchase("k"))
            #expect(try await fixture.open().list().map(\.state) == [.unknown])
        }
    }

    @Test(
        "gives one of many concurrent claims", arguments: JournalFixture.Backend.allCases, [false, true])
    func race(backend: JournalFixture.Backend, afterFailure: Bool) async throws {
        try await JournalFixture.with(backend) { fixture in
            let journals = try (0..<4).map { _ in try fixture.open() }
            for round in 0..<10 {
                let purchase = JournalFixture.purchase("k\(round)")
                if afterFailure {
                    _ = try await journals[0].claim(purchase)
                    try await journals[0].record(.failed(reason: "connectionLost"), of: purchase.key)
                }
                let claims = try await withThrowingTaskGroup(of: Purchase.Claim.self) { group in
                    for index in 0..<16 { group.addTask { try await journals[index % 4].claim(purchase) } }
                    return try await group.reduce(into: [Purchase.Claim]()) { $0.append($1) }
                }
                #expect(claims.filter { $0.text == "mine" }.count == 1)
                #expect(claims.filter { $0.text == "unknown underWay" }.count == 15)
                withExtendedLifetime(claims) {}
            }
        }
    }

    @Test(
        "lets a purchase be claimed again after it failed, also for another request, and not while it is unknown",
        arguments: JournalFixture.Backend.allCases)
    func again(backend: JournalFixture.Backend) async throws {
        try await JournalFixture.with(backend) { fixture in
            let journal = try fixture.open()
            for key in ["failed", "unknown"] {
                _ = try await journal.claim(JournalFixture.purchase(key))
                let outcome: Purchase.Outcome = key == "failed" ? .failed(reason: "rateLimited") : .unknown(reason: "x")
                try await journal.record(outcome, of: key)
            }
            #expect(try await journal.list().map(\.reason) == ["rateLimited", "x"])
            let claim = try await journal.claim(JournalFixture.purchase("failed", digest: "other"))
            #expect(claim.text == "mine")
            #expect(try await journal.claim(JournalFixture.purchase("unknown")).text == "unknown unknown")
            try await journal.resolve("unknown", as: .failed(reason: "checked"))
            #expect(try await journal.claim(JournalFixture.purchase("unknown")).text == "mine")
            withExtendedLifetime(claim) {}
        }
    }

    @Test(
        "returns a whole response, recorded or not, and no partial one", arguments: JournalFixture.Backend.allCases,
        [nil, Purchase.Outcome.done(file: ""), .unknown(reason: "malformed")])
    func responses(backend: JournalFixture.Backend, outcome: Purchase.Outcome?) async throws {
        try await JournalFixture.with(backend) { fixture in
            let journal = try fixture.open()
            _ = try await journal.claim(JournalFixture.purchase("k"))
            try fixture.write("gesso-k.part", "cut")
            #expect(try await journal.claim(JournalFixture.purchase("k")).text == "unknown unknown")
            #expect(try await journal.list().first?.byteCount == 3)
            try fixture.write("gesso-k.2.json", "{}")
            if let outcome { try await journal.record(outcome, of: "k") }
            #expect(try await journal.claim(JournalFixture.purchase("k")).text == "done {}")
            let entry = try #require(try await journal.list().first)
            #expect(entry.state == .done && entry.byteCount == 5)
            #expect(entry.files.map { $0.split(separator: "/").last } == ["gesso-k.part", "gesso-k.2.json"])
        }
    }

    @Test("refuses a key that was used for another request", arguments: JournalFixture.Backend.allCases)
    func otherRequest(backend: JournalFixture.Backend) async throws {
        try await JournalFixture.with(backend) { fixture in
            let journal = try fixture.open()
            _ = try await journal.claim(JournalFixture.purchase("k"))
            let error = await #expect(throws: ImagesAPIError.self) {
                _ = try await journal.claim(JournalFixture.purchase("k", digest: "other"))
            }
            #expect(error?.code == .invalidRequest)
        }
    }

    @Test("resolves no purchase in progress and none that it does not have", arguments: JournalFixture.Backend.allCases)
    func resolving(backend: JournalFixture.Backend) async throws {
        try await JournalFixture.with(backend) { fixture in
            let journal = try fixture.open()
            let claim = try await journal.claim(JournalFixture.purchase("k"))
            for other in [journal, try fixture.open()] {
                let error = await #expect(throws: ImagesAPIError.self) {
                    try await other.resolve("k", as: .failed(reason: "checked"))
                }
                #expect(error?.code == .purchaseUnresolved)
            }
            for action in [
                { try await journal.resolve("none", as: .failed(reason: "x")) },
                { try await journal.record(.failed(reason: "x"), of: "none") },
            ] as [() async throws -> Void] {
                let error = await #expect(throws: ImagesAPIError.self) { try await action() }
                #expect(error?.code == .notFound)
            }
            withExtendedLifetime(claim) {}
        }
    }

    @Test(
        "keeps any key, label and time, lists the oldest first, and discards what is not in progress",
        arguments: JournalFixture.Backend.allCases)
    func listing(backend: JournalFixture.Backend) async throws {
        try await JournalFixture.with(backend) { fixture in
            let keys = ["../up", "a/b", ".", "ä", "a b", "", "'; DROP TABLE purchases; --"]
            var claims: [Purchase.Claim] = []
            for (index, key) in keys.enumerated() {
                let time = Date(timeIntervalSince1970: 1_000_000_000.25 + Double(index))
                let purchase = JournalFixture.purchase(key, label: index == 0 ? nil : "label \(key)", time: time)
                claims.append(try await fixture.open().claim(purchase))
                #expect(try await fixture.open().list().last?.purchase == purchase)
            }
            #expect(try await fixture.open().list().map(\.purchase.key) == keys)
            try await fixture.discard(keys[0])
            #expect(try await fixture.open().list().count == keys.count)
            claims.removeFirst()
            try await fixture.discard(keys[0])
            #expect(try await fixture.open().list().map(\.purchase.key) == Array(keys.dropFirst()))
            withExtendedLifetime(claims) {}
        }
    }

    @Test(
        "makes a client buy once for one key, and keeps what a cancelled request may have cost",
        arguments: JournalFixture.Backend.allCases)
    func client(backend: JournalFixture.Backend) async throws {
        var behavior = MockServer.Behavior(size: "64x64")
        var slow = Fault()
        (slow.skip, slow.delaySeconds) = (1, 30)
        behavior.faults = [slow]
        try await JournalFixture.with(backend) { fixture in
            try await MockServer.run(behavior: behavior) { mock in
                let client = mock.client().with { $0.spoolDirectory = fixture.folder.path }
                let request = GenerationRequest(prompt: "p", model: .gptImage26Flare)
                func buy(_ key: String) async throws -> ImagesResponse {
                    let journal = try fixture.open()
                    return try await client.with { ($0.journal, $0.purchaseKey) = (journal, key) }.generate(request)
                }
                let (first, second) = (try await buy("k"), try await buy("k"))
                #expect(first.data == second.data && mock.requestCount == 1)
                let slow = Task { try await buy("slow") }
                while mock.requestCount < 2 { await Task.yield() }
                slow.cancel()
                await #expect(throws: ImagesAPIError.self) { try await slow.value }
                #expect(try await fixture.open().list().map(\.state) == [.done, .unknown])
                let error = await #expect(throws: ImagesAPIError.self) { try await buy("slow") }
                #expect(error?.code == .purchaseUnresolved && mock.requestCount == 2)
                client.shutdown()
            }
        }
    }

    @Test("in a damaged database is a typed error, and the database stays as it is", arguments: [0, 100, 4_096])
    func damaged(offset: Int) async throws {
        try await JournalFixture.with(.sqlite) { fixture in
            let path = fixture.folder.appending(path: "purchases.sqlite")
            var journal: (any Purchase.Journal)? = try fixture.open()
            for index in 0..<200 { _ = try await journal?.claim(JournalFixture.purchase("k\(index)")) }
            journal = nil
            var bytes = try Data(contentsOf: path)
            try #require(bytes.count > offset + 4_096)
            bytes.replaceSubrange(offset..<offset + 4_000, with: [UInt8](repeating: 0xA5, count: 4_000))
            for ending in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path.path + ending) }
            try bytes.write(to: path)
            let error = #expect(throws: ImagesAPIError.self) { _ = try fixture.open() }
            #expect(error?.code == .spoolNotWritable && error?.facts["reason"] == "corrupt")
            #expect(try Data(contentsOf: path) == bytes)
        }
    }

    @Test("keeps a lock that was taken as soon as it was released")
    func locks() async throws {
        try await JournalFixture.with(.sqlite) { fixture in
            let path = fixture.folder.appending(path: "locks").path
            let locks = try #require(ClaimLocks(path))
            let other = try #require(ClaimLocks(path))
            let lost = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var lost = 0
                        for _ in 0..<2_000 {
                            guard let lock = locks.take(7) else { continue }
                            if !other.isHeld(7) { lost += 1 }
                            lock.release()
                        }
                        return lost
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(lost == 0)
        }
    }

    @Test("that cannot be opened is a typed error")
    func unwritable() {
        let error = #expect(throws: ImagesAPIError.self) {
            _ = try Purchase.SQLiteJournal("/proc/none/purchases.sqlite", spoolDirectory: "/tmp")
        }
        #expect(error?.code == .spoolNotWritable && error?.facts["path"] == "/proc/none/purchases.sqlite")
    }
}
#endif
