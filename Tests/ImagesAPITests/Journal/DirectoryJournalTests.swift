import Foundation
import Testing

@testable import ImagesAPI

@Suite("Directory journal")
struct DirectoryJournalTests {
    let folder: TemporaryFolder
    let journal: Purchase.DirectoryJournal

    init() throws {
        folder = try TemporaryFolder()
        journal = Purchase.DirectoryJournal(folder.path)
    }

    static func purchase(_ key: String, digest: String = "d", label: String? = nil) -> Purchase {
        Purchase(key: key, operation: "images.edits", host: "127.0.0.1:1", digest: digest, label: label)
    }

    /// A claim in a word.
    static func label(_ claim: Purchase.Claim) -> String {
        switch claim {
        case .mine: "mine"
        case .done(let response): "done \(String(decoding: response, as: UTF8.self))"
        case .unknown(let entry): "unknown \(entry.state)"
        }
    }

    @Test("A claim is held by one, and unknown to others until it is recorded")
    func claims() async throws {
        var release: (@Sendable () -> Void)?
        if case .mine(let mine) = try await journal.claim(Self.purchase("k")) { release = mine }
        #expect(release != nil && folder.names == ["gesso-k.entry"])
        #expect(Self.label(try await journal.claim(Self.purchase("k"))) == "unknown underWay")
        #expect(try await journal.list().map(\.state) == [.underWay])
        release?()
        // As after a crash: the lock is free and nothing was recorded.
        #expect(Self.label(try await journal.claim(Self.purchase("k"))) == "unknown unknown")
        #expect(try await journal.list().map(\.state) == [.unknown])
    }

    @Test("Of many concurrent claims of a key one succeeds", arguments: [false, true])
    func race(afterFailure: Bool) async throws {
        for round in 0..<20 {
            let key = "k\(round)"
            if afterFailure {
                _ = try await journal.claim(Self.purchase(key))
                try await journal.record(.failed(reason: "connectionLost"), of: key)
            }
            let claims = try await withThrowingTaskGroup(of: Purchase.Claim.self) { group in
                for _ in 0..<16 {
                    // A journal of its own for each, as in other processes.
                    group.addTask { try await Purchase.DirectoryJournal(folder.path).claim(Self.purchase(key)) }
                }
                return try await group.reduce(into: [Purchase.Claim]()) { $0.append($1) }
            }
            #expect(claims.filter { Self.label($0) == "mine" }.count == 1)
            withExtendedLifetime(claims) {}
        }
    }

    @Test("Listing the directory disturbs no claim")
    func listing() async throws {
        let done = Locked(false)
        let lister = Task {
            while !done.withLock({ $0 }) { _ = try await journal.list() }
        }
        for round in 0..<100 {
            let claim = try await journal.claim(Self.purchase("k\(round)"))
            #expect(Self.label(claim) == "mine")
            try await journal.record(.failed(reason: "r"), of: "k\(round)")
        }
        done.withLock { $0 = true }
        try await lister.value
    }

    @Test("Removing entries while others claim takes no entry away from who has claimed")
    func removing() async throws {
        let done = Locked(false)
        let remover = Task {
            while !done.withLock({ $0 }) { try await journal.prune(keeping: 0, states: [.failed]) }
        }
        for round in 0..<300 {
            let claim = try await journal.claim(Self.purchase("k\(round)"))
            #expect(Self.label(claim) == "mine")
            #expect(folder.names.contains("gesso-k\(round).entry"), "round \(round)")
            withExtendedLifetime(claim) {}
        }
        done.withLock { $0 = true }
        try await remover.value
    }

    @Test("A purchase that failed may be claimed again, also with another request; one that is unknown may not")
    func again() async throws {
        for (outcome, expected) in [
            (Purchase.Outcome.failed(reason: "rateLimited"), "mine"), (.unknown(reason: "x"), "unknown unknown"),
        ] {
            let key = expected.prefix(4) + ""
            _ = try await journal.claim(Self.purchase(String(key)))
            try await journal.record(outcome, of: String(key))
            let digest = expected == "mine" ? "other" : "d"
            #expect(Self.label(try await journal.claim(Self.purchase(String(key), digest: digest))) == expected)
        }
    }

    @Test(
        "A complete response is returned, whether or not it was recorded; a partial one is not",
        arguments: [false, true])
    func responses(isRecorded: Bool) async throws {
        _ = try await journal.claim(Self.purchase("k"))
        try folder.write("gesso-k.part", "cut")
        #expect(Self.label(try await journal.claim(Self.purchase("k"))) == "unknown unknown")
        try folder.write("gesso-k.2.json", "{}")
        if isRecorded { try await journal.record(.done(file: "\(folder.path)/gesso-k.2.json"), of: "k") }
        #expect(Self.label(try await journal.claim(Self.purchase("k"))) == "done {}")
        let entry = try #require(try await journal.list().first)
        #expect(entry.state == .done && entry.byteCount == 5)
        #expect(entry.files == ["\(folder.path)/gesso-k.part", "\(folder.path)/gesso-k.2.json"])
    }

    @Test("A key that was used for another request is refused")
    func otherRequest() async throws {
        _ = try await journal.claim(Self.purchase("k"))
        let error = await #expect(throws: ImagesAPIError.self) {
            _ = try await journal.claim(Self.purchase("k", digest: "other"))
        }
        #expect(error?.code == .invalidRequest)
    }

    @Test(
        "An entry that a crash left without a whole claim can be claimed: nothing was sent",
        arguments: ["", "{", "{\"key\":\"k\",\"time\"", "{}\n"])
    func torn(text: String) async throws {
        try folder.write("gesso-k.entry", text)
        let entry = try #require(try await journal.list().first)
        #expect(entry.state == .failed && entry.reason == "notSent")
        let claim = try await journal.claim(Self.purchase("k"))
        #expect(Self.label(claim) == "mine")
        #expect(try await journal.list().map(\.state) == [.underWay])
        withExtendedLifetime(claim) {}
    }

    @Test("A truncated outcome changes nothing, and a later record counts")
    func tornOutcome() async throws {
        _ = try await journal.claim(Self.purchase("k"))
        let whole = try folder.read("gesso-k.entry")
        try folder.write("gesso-k.entry", whole + "{\"outcome\":\"fai")
        #expect(try await journal.list().map(\.state) == [.unknown])
        try await journal.resolve("k", as: .failed(reason: "checked"))
        let entry = try #require(try await journal.list().first)
        #expect(entry.state == .failed && entry.reason == "checked")
    }

    @Test("A purchase in progress cannot be resolved")
    func resolving() async throws {
        let claim = try await journal.claim(Self.purchase("k"))
        let error = await #expect(throws: ImagesAPIError.self) {
            try await journal.resolve("k", as: .failed(reason: "checked"))
        }
        #expect(error?.code == .purchaseUnresolved)
        let missing = await #expect(throws: ImagesAPIError.self) {
            try await journal.resolve("none", as: .failed(reason: "checked"))
        }
        #expect(missing?.code == .notFound)
        withExtendedLifetime(claim) {}
    }

    @Test(
        "Keys that are not safe file names are hashed, and stay distinct",
        arguments: ["../up", "a/b", ".", "ä", "a b", ""])
    func names(key: String) async throws {
        #expect(Self.label(try await journal.claim(Self.purchase(key))) == "mine")
        let name = try #require(folder.names.first)
        #expect(name.hasPrefix("gesso-key-") && name.utf8.count == "gesso-key-".utf8.count + 64 + ".entry".utf8.count)
        #expect(try await journal.list().map(\.purchase.key) == [key])
        #expect(Self.label(try await journal.claim(Self.purchase("other\(key)/"))) == "mine")
        try await journal.discard(key)
        #expect(try await journal.list().count == 1)
    }

    @Test("Pruning removes by age and by count, oldest first, and keeps purchases in progress")
    func pruning() async throws {
        for index in 0..<5 {
            var purchase = Self.purchase("k\(index)")
            purchase.time = Date(timeIntervalSinceNow: Double(index - 5) * 1_000)
            _ = try await journal.claim(purchase)
            try folder.write("gesso-k\(index).json", "{}")
        }
        let held = try await journal.claim(
            Purchase(
                key: "held", time: Date(timeIntervalSince1970: 1), operation: "images.edits", host: "h", digest: "d"))
        #expect(try await journal.prune(olderThan: 4_500).map(\.purchase.key) == ["k0"])
        #expect(try await journal.prune(keeping: 2, states: [.unknown]).isEmpty)
        #expect(try await journal.prune(keeping: 2).map(\.purchase.key) == ["k1", "k2"])
        #expect(
            folder.names == ["gesso-held.entry", "gesso-k3.entry", "gesso-k3.json", "gesso-k4.entry", "gesso-k4.json"])
        #expect(try await journal.prune().isEmpty)
        withExtendedLifetime(held) {}
    }

    @Test("Responses of earlier versions, which have no entry, are listed and read")
    func orphans() async throws {
        try folder.write("gesso-170-abc.json", Samples.response([Samples.png]))
        try folder.write(
            "gesso-171-abc.part", "{\"data\":[{\"b64_json\":\"\(Samples.png.base64EncodedString())\"},{\"b6")
        try folder.write("notes.txt", "mine")
        #expect(try await journal.list().map(\.state) == [.done, .unknown])
        #expect(try await journal.response(for: "170-abc").isComplete)
        let cut = try await journal.response(for: "171-abc")
        #expect(cut.images.map(\.data) == [Samples.png] && !cut.isComplete)
        #expect(cut.purchaseKey == "171-abc" && cut.spooledFile == "\(folder.path)/gesso-171-abc.part")
        let missing = await #expect(throws: ImagesAPIError.self) { try await journal.response(for: "none") }
        #expect(missing?.code == .notFound)
    }

    @Test("A directory that cannot be written gives no claim")
    func unwritable() async throws {
        for path in ["/nonexistent/folder", "/proc"] {
            let error = await #expect(throws: ImagesAPIError.self) {
                _ = try await Purchase.DirectoryJournal(path).claim(Self.purchase("k"))
            }
            #expect(error?.code == .spoolNotWritable && error?.mayHaveBeenBilled == false)
        }
    }

    @Test("An entry that cannot be opened is named as such, and gives no claim")
    func unopenable() async throws {
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/gesso-k.entry", withDestinationPath: "elsewhere")
        let error = await #expect(throws: ImagesAPIError.self) { _ = try await journal.claim(Self.purchase("k")) }
        #expect(error?.code == .spoolNotWritable && error?.message.contains("cannot open an entry") == true)
    }
}
