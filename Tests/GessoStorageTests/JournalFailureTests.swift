import Foundation
import GessoMockServer
import ImagesAPI
import StorageDouble
import Testing

@testable import GessoStorage

/// A journal whose storage fails, or whose owner does; what any journal must do is in JournalTests.
@Suite("A purchase journal in object storage", .timeLimit(.minutes(5)))
struct JournalFailureTests {
    private let double = StorageDouble()

    private static func purchase(_ key: String = "k", digest: String = "d") -> Purchase {
        Purchase(key: key, operation: "images.edits", host: "127.0.0.1:1", digest: digest)
    }

    /// A journal of another machine: with a spool of its own, which is empty.
    private func journal(
        spool: String = "/nonexistent", lease: Duration = .seconds(3_600), retries: Int = 2
    ) -> Purchase.ObjectStorageJournal {
        Purchase.ObjectStorageJournal(double.storage(retries: retries), spoolDirectory: spool, lease: lease) {
            [double] in double.keys($0)
        }
    }

    private static func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gesso-storage-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    private static func text(_ claim: Purchase.Claim) -> String {
        switch claim {
        case .mine: "mine"
        case .done(let data): "done \(String(decoding: data, as: UTF8.self))"
        case .unknown(let entry): "unknown \(entry.state)"
        }
    }

    @Test("knows its own claim again when the response to it was lost", arguments: [1, 2])
    func lostResponse(times: Int) async throws {
        for _ in 0..<times { double.fail(.put, ".claim", .lostResponse) }
        let claim = try await journal().claim(Self.purchase())
        #expect(Self.text(claim) == "mine")
        #expect(Self.text(try await journal().claim(Self.purchase())) == "unknown underWay")
        withExtendedLifetime(claim) {}
    }

    @Test("does not take a claim for its own when another's was first")
    func lostRequest() async throws {
        let claim = try await journal().claim(Self.purchase())
        double.fail(.put, ".claim", .lostRequest)
        #expect(Self.text(try await journal().claim(Self.purchase())) == "unknown underWay")
        withExtendedLifetime(claim) {}
    }

    @Test("waits for a write in progress that the storage refuses for it, whatever comes of that", arguments: [1, 3])
    func conflict(times: Int) async throws {
        for _ in 0..<times { double.fail(.put, ".claim", .status(409, code: "ConditionalRequestConflict")) }
        let claims = try await withThrowingTaskGroup(of: Purchase.Claim.self) { group in
            for _ in 0..<8 { group.addTask { try await journal().claim(Self.purchase()) } }
            return try await group.reduce(into: [Purchase.Claim]()) { $0.append($1) }
        }
        #expect(claims.map(Self.text).filter { $0 == "mine" }.count == 1)
        withExtendedLifetime(claims) {}
    }

    @Test("gives up with a typed error when the storage refuses for a write that never comes")
    func endlessConflict() async throws {
        for _ in 0..<40 { double.fail(.put, ".claim", .status(409, code: "ConditionalRequestConflict")) }
        let error = await #expect(throws: ImagesAPIError.self) { _ = try await journal().claim(Self.purchase()) }
        #expect(error?.code == .spoolNotWritable && error?.mayHaveBeenBilled == false)
    }

    @Test(
        "sends nothing while the storage fails, and says so without the signature",
        arguments: [
            StorageDouble.Fault.status(503, code: "SlowDown"), .status(403, code: "SignatureDoesNotMatch"),
            .status(500, code: "InternalError"), .lostRequest, .unreachable,
        ], [false, true])
    func outage(fault: StorageDouble.Fault, allowsUnspooled: Bool) async throws {
        try await Self.withFolder { folder in
            try await MockServer.run { mock in
                let client = mock.client().with {
                    $0.spoolDirectory = folder.path
                    ($0.journal, $0.purchaseKey) = (journal(spool: folder.path), "k")
                    $0.allowsUnspooledRequests = allowsUnspooled
                }
                let request = GenerationRequest(prompt: "p", model: .gptImage26Flare, size: .square1024)
                double.failAll(fault)
                let error = await #expect(throws: ImagesAPIError.self) { _ = try await client.generate(request) }
                #expect(error?.code == .spoolNotWritable && error?.mayHaveBeenBilled == false)
                #expect(error?.message.contains("Nothing was sent") == true)
                #expect(
                    "\(String(describing: error)) \(error?.facts ?? [:])".contains(StorageDouble.signature) == false)
                #expect(mock.requestCount == 0)
                double.failAll(nil)
                let response = try await client.generate(request)
                #expect(response.data != nil && mock.requestCount == 1)
                client.shutdown()
            }
        }
    }

    @Test("gives no claim from a storage that ignores conditions, which would give it to everyone")
    func noConditions() async throws {
        double.ignoreConditions()
        for _ in 0..<2 {
            let error = await #expect(throws: ImagesAPIError.self) { _ = try await journal().claim(Self.purchase()) }
            #expect(error?.code == .spoolNotWritable && error?.message.contains("If-None-Match") == true)
        }
    }

    @Test("checks once that the storage has conditions, and not when it has refused a write")
    func conditionsCheckedOnce() async throws {
        let journal = journal()
        for key in ["a", "b"] { _ = try await journal.claim(Self.purchase(key)) }
        let writes = double.log.filter { $0.hasPrefix("PUT") }.map { String($0.suffix(9)) }
        #expect(writes == ["claim 200", "claim 412", "claim 200"])
        _ = try await self.journal().claim(Self.purchase("a"))
        #expect(double.log.filter { $0.hasPrefix("PUT") }.count == 4)
    }

    @Test("makes a claim that arrives after its caller has given up harmless")
    func lateClaim() async throws {
        double.fail(.put, ".claim", .late, .late, .late)
        await #expect(throws: ImagesAPIError.self) { _ = try await journal().claim(Self.purchase()) }
        double.deliverLate()
        // Nothing was sent under the late claim, which is recorded under its token.
        let claim = try await journal().claim(Self.purchase())
        #expect(Self.text(claim) == "mine")
        #expect(Self.text(try await journal().claim(Self.purchase())) == "unknown underWay")
        withExtendedLifetime(claim) {}
    }

    @Test("gives no second claim when a late one arrives behind another's")
    func lateClaimBehindAnother() async throws {
        double.fail(.put, ".claim", .late, .late, .late)
        await #expect(throws: ImagesAPIError.self) { _ = try await journal().claim(Self.purchase()) }
        let claim = try await journal().claim(Self.purchase())
        #expect(Self.text(claim) == "mine")
        double.deliverLate()
        #expect(Self.text(try await journal().claim(Self.purchase())) == "unknown underWay")
        withExtendedLifetime(claim) {}
    }

    @Test("makes a claim that arrives after the storage has refused it for another write harmless")
    func lateClaimAfterConflict() async throws {
        // One attempt is late, and all others, as many as there are, are refused for it.
        double.fail(.put, ".claim", .late)
        for _ in 0..<7 { double.fail(.put, ".claim", .status(409, code: "ConditionalRequestConflict")) }
        await #expect(throws: ImagesAPIError.self) { _ = try await journal().claim(Self.purchase()) }
        double.deliverLate()
        #expect(Self.text(try await journal().claim(Self.purchase())) == "mine")
        #expect(double.keys().filter { $0.hasSuffix(".claim") }.count == 2)
    }

    @Test(
        "stores what another write in progress kept out, if that comes to nothing",
        arguments: [".response", ".outcome"], [1, 3])
    func conflictAtRecord(object: String, times: Int) async throws {
        try await Self.withFolder { folder in
            let owner = journal(spool: folder.path)
            _ = try await owner.claim(Self.purchase())
            let file = folder.appending(path: "gesso-k.json")
            try Data("{}".utf8).write(to: file)
            for _ in 0..<times { double.fail(.put, object, .status(409, code: "ConditionalRequestConflict")) }
            try await owner.record(.done(file: file.path), of: "k")
            for ending in [".response", ".outcome"] {
                #expect(double.keys().contains { $0.hasSuffix(ending) }, "\(ending)")
            }
            #expect(Self.text(try await journal().claim(Self.purchase())) == "done {}")
        }
    }

    @Test("discards a purchase although another write is in progress")
    func conflictAtDiscard() async throws {
        try await Self.withFolder { folder in
            let owner = journal(spool: folder.path)
            _ = try await owner.claim(Self.purchase())
            let file = folder.appending(path: "gesso-k.json")
            try Data("{}".utf8).write(to: file)
            try await owner.record(.done(file: file.path), of: "k")
            double.fail(.put, ".discarded", .status(409, code: "ConditionalRequestConflict"))
            try await owner.discard("k")
            #expect(Self.text(try await journal().claim(Self.purchase())) == "mine")
        }
    }

    @Test("makes a resolved key claimable once, however many claim and resolve it", arguments: 0..<10)
    func races(round: Int) async throws {
        _ = try await journal().claim(Self.purchase())
        for _ in 0..<round { double.fail(.put, ".claim", .lostResponse) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { try await journal().resolve("k", as: .failed(reason: "checked")) } }
            try await group.waitForAll()
        }
        let claims = try await withThrowingTaskGroup(of: Purchase.Claim.self) { group in
            for _ in 0..<64 { group.addTask { try await journal(retries: 12).claim(Self.purchase(digest: "other")) } }
            return try await group.reduce(into: [Purchase.Claim]()) { $0.append($1) }
        }
        #expect(claims.filter { Self.text($0) == "mine" }.count == 1)
        #expect(claims.filter { Self.text($0) == "unknown underWay" }.count == 63)
        #expect(double.keys().filter { $0.hasSuffix(".claim") }.count == 2)
        withExtendedLifetime(claims) {}
    }

    @Test("keeps what an owner records too late out of the next claim")
    func lateOwner() async throws {
        let first = journal()
        _ = try await first.claim(Self.purchase())
        try await journal().resolve("k", as: .failed(reason: "checked"))
        let claim = try await journal().claim(Self.purchase())
        #expect(Self.text(claim) == "mine")
        try await first.record(.failed(reason: "connectionLost"), of: "k")
        #expect(Self.text(try await journal().claim(Self.purchase())) == "unknown underWay")
        withExtendedLifetime(claim) {}
    }

    @Test(
        "records for the next owner who claims while the failure of the last one is being recorded", arguments: 0..<10)
    func nextOwner(round: Int) async throws {
        let journal = journal()
        _ = try await journal.claim(Self.purchase())
        // Written, and not known to be until it is repeated.
        double.fail(.put, ".outcome", .lostResponse)
        let recording = Task { try await journal.record(.failed(reason: "rateLimited"), of: "k") }
        var claim = try await journal.claim(Self.purchase())
        while Self.text(claim) != "mine" { claim = try await journal.claim(Self.purchase()) }
        try await recording.value
        try await journal.record(.unknown(reason: "connectionLost"), of: "k")
        if case .mine(let release) = claim { release() }
        #expect(try await journal.list().map(\.reason) == ["connectionLost"])
    }

    @Test("refuses to record for an owner elsewhere")
    func otherOwner() async throws {
        let claim = try await journal().claim(Self.purchase())
        let error = await #expect(throws: ImagesAPIError.self) {
            try await journal().record(.failed(reason: "x"), of: "k")
        }
        #expect(error?.code == .purchaseUnresolved)
        withExtendedLifetime(claim) {}
    }

    @Test("stores a response before it is done, and returns it on every machine", arguments: [0, 1, 2])
    func readBack(failures: Int) async throws {
        try await Self.withFolder { folder in
            let owner = journal(spool: folder.path)
            _ = try await owner.claim(Self.purchase())
            let file = folder.appending(path: "gesso-k.json").path
            try Data("{\"data\":[]}".utf8).write(to: URL(filePath: file))
            for _ in 0..<failures { double.fail(.put, ".response", .status(503, code: "SlowDown")) }
            try await owner.record(.done(file: file), of: "k")
            let writes = double.log.filter { $0.hasPrefix("PUT") && $0.hasSuffix("200") }.map {
                $0.split(separator: ".").last
            }
            #expect(writes == ["claim 200", "response 200", "outcome 200"])
            #expect(Self.text(try await journal().claim(Self.purchase())) == "done {\"data\":[]}")
            #expect(try await journal().list().map(\.state) == [.done])
            #expect(try await journal().list().first?.byteCount == 11)
        }
    }

    @Test("loses no response that the storage did not take, and stores it at the next claim")
    func responseNotTaken() async throws {
        try await Self.withFolder { folder in
            let owner = journal(spool: folder.path)
            _ = try await owner.claim(Self.purchase())
            try Data("{}".utf8).write(to: folder.appending(path: "gesso-k.json"))
            double.failAll(.status(503, code: "SlowDown"))
            let error = await #expect(throws: ImagesAPIError.self) { try await owner.record(.done(file: ""), of: "k") }
            #expect(error?.code == .spoolNotWritable && error?.message.contains(folder.path) == true)
            double.failAll(nil)
            #expect(Self.text(try await journal().claim(Self.purchase())) == "unknown unknown")
            // On the machine that has it.
            #expect(Self.text(try await journal(spool: folder.path).claim(Self.purchase())) == "done {}")
            #expect(Self.text(try await journal().claim(Self.purchase())) == "done {}")
        }
    }

    @Test("returns a response that was stored by an owner that crashed before it was done")
    func responseWithoutOutcome() async throws {
        _ = try await journal().claim(Self.purchase())
        let claim = try #require(double.keys().first { $0.hasSuffix(".claim") })
        let member = try Self.member("token", of: double[claim])
        let token = try #require(member)
        double.set(claim.replacing(".claim", with: "-\(token).response"), Data("{}".utf8))
        #expect(Self.text(try await journal().claim(Self.purchase())) == "done {}")
        #expect(try await journal().list().map(\.state) == [.done])
    }

    @Test("refuses to call a purchase failed whose response is stored, or done without a response")
    func resolvingAgainstTheResponse() async throws {
        _ = try await journal().claim(Self.purchase())
        let missing = await #expect(throws: ImagesAPIError.self) {
            try await journal().resolve("k", as: .done(file: "/nonexistent/gesso-k.json"))
        }
        #expect(missing?.code == .invalidRequest)
        let claim = try #require(double.keys().first { $0.hasSuffix(".claim") })
        let member = try Self.member("token", of: double[claim])
        let token = try #require(member)
        double.set(claim.replacing(".claim", with: "-\(token).response"), Data("{}".utf8))
        let bought = await #expect(throws: ImagesAPIError.self) {
            try await journal().resolve("k", as: .failed(reason: "checked"))
        }
        #expect(bought?.code == .invalidRequest)
        #expect(Self.text(try await journal().claim(Self.purchase())) == "done {}")
    }

    @Test("does not return a response with other bytes than were stored")
    func damagedResponse() async throws {
        try await Self.withFolder { folder in
            let owner = journal(spool: folder.path)
            _ = try await owner.claim(Self.purchase())
            let file = folder.appending(path: "gesso-k.json")
            try Data("{\"data\":[]}".utf8).write(to: file)
            try await owner.record(.done(file: file.path), of: "k")
            double.set(try #require(double.keys().first { $0.hasSuffix(".response") }), Data("{\"da".utf8))
            let error = await #expect(throws: ImagesAPIError.self) { _ = try await journal().claim(Self.purchase()) }
            #expect(error?.code == .spoolNotWritable && error?.facts["reason"] == "corrupt")
            // The machine that bought it has it.
            #expect(Self.text(try await owner.claim(Self.purchase())) == "done {\"data\":[]}")
        }
    }

    @Test("judges the age of a claim without trusting what it states", arguments: [1e300, -1e300, 0])
    func absurdAge(time: Double) {
        let purchase = Purchase(
            key: "k", time: Date(timeIntervalSince1970: time), operation: "images.edits", host: "h", digest: "d")
        let claim = ClaimRecord(purchase: purchase, token: "t", owner: "another process")
        #expect(journal().isHeld(claim, nil) == (time > 0))
    }

    @Test("reports a storage that does not speak HTTP as a storage that cannot be used")
    func foreignCode() {
        let error = Purchase.ObjectStorageJournal.refusal(
            ImagesAPIError(.malformedResponse, "Not HTTP."), consequence: "Nothing was sent.", key: "k")
        #expect(error.code == .spoolNotWritable && error.message.contains("Nothing was sent."))
    }

    @Test("is unknown when a response that was stored is gone, and is not bought again")
    func responseGone() async throws {
        try await Self.withFolder { folder in
            let owner = journal(spool: folder.path)
            _ = try await owner.claim(Self.purchase())
            let file = folder.appending(path: "gesso-k.json")
            try Data("{}".utf8).write(to: file)
            try await owner.record(.done(file: file.path), of: "k")
            double.set(try #require(double.keys().first { $0.hasSuffix(".response") }), nil)
            #expect(Self.text(try await journal().claim(Self.purchase())) == "unknown unknown")
            try await owner.discard("k")
            #expect(Self.text(try await journal().claim(Self.purchase())) == "mine")
        }
    }

    @Test("counts a claim of another process as in progress until its lease is over, by the storage's clock")
    func lease() async throws {
        _ = try await journal().claim(Self.purchase())
        let key = try #require(double.keys().first)
        var claim = try Self.members(of: double[key])
        claim["owner"] = "another process"
        double.set(key, try JSONSerialization.data(withJSONObject: claim))
        #expect(Self.text(try await journal().claim(Self.purchase())) == "unknown underWay")
        let error = await #expect(throws: ImagesAPIError.self) {
            try await journal().resolve("k", as: .failed(reason: "checked"))
        }
        #expect(error?.code == .purchaseUnresolved)
        double.pass(seconds: 3_601)
        #expect(Self.text(try await journal().claim(Self.purchase())) == "unknown unknown")
        try await journal().resolve("k", as: .failed(reason: "checked"))
        #expect(Self.text(try await journal().claim(Self.purchase())) == "mine")
    }

    @Test("keeps the first of two outcomes")
    func firstOutcome() async throws {
        let owner = journal()
        _ = try await owner.claim(Self.purchase())
        try await journal().resolve("k", as: .failed(reason: "checked"))
        try await journal().resolve("k", as: .failed(reason: "checked again"))
        try await Self.withFolder { folder in
            let file = folder.appending(path: "response.json")
            try Data("{}".utf8).write(to: file)
            let error = await #expect(throws: ImagesAPIError.self) {
                try await journal().resolve("k", as: .done(file: file.path))
            }
            #expect(error?.code == .invalidRequest)
        }
    }

    @Test("refuses objects that no journal wrote", arguments: ["", "{}", "no JSON"])
    func foreignObject(text: String) async throws {
        double.set("purchases/gesso-k/000001.claim", Data(text.utf8))
        let error = await #expect(throws: ImagesAPIError.self) { _ = try await journal().claim(Self.purchase()) }
        #expect(error?.code == .spoolNotWritable && error?.facts["reason"] == "corrupt")
    }

    @Test("lists nothing without a way to list, and says what to give it")
    func noList() async throws {
        let journal = Purchase.ObjectStorageJournal(double.storage(), spoolDirectory: "/nonexistent")
        let error = await #expect(throws: ImagesAPIError.self) { _ = try await journal.list() }
        #expect(error?.code == .unsupportedFeature)
    }

    @Test("buys the same edit once for a key made of its content, whoever asks for it and however often")
    func contentKey() async throws {
        let mock = try await MockServer.start()
        let request = GenerationRequest(prompt: "p", model: .gptImage26Flare, size: .square1024)
        let key = await Purchase.key(for: request)
        // Machines with spools of their own, one after the other.
        var images: Set<Data?> = []
        for _ in 0..<4 {
            try await Self.withFolder { folder in
                let client = mock.client().with {
                    $0.spoolDirectory = folder.path
                    ($0.journal, $0.purchaseKey) = (journal(spool: folder.path), key)
                }
                images.insert(try await client.generate(request).data)
                client.shutdown()
            }
        }
        #expect(images.count == 1 && mock.requestCount == 1)
        await mock.stop()
    }

    private static func members(of object: Data?) throws -> [String: Any] {
        let data = try #require(object)
        return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private static func member(_ name: String, of object: Data?) throws -> String? {
        try members(of: object)[name] as? String
    }
}
