import Foundation
import Testing

@testable import ImagesAPI

@Suite("Purchases are recorded before they are sent")
struct PurchaseTests {
    let folder: TemporaryFolder
    let journal: Purchase.DirectoryJournal

    init() throws {
        folder = try TemporaryFolder()
        journal = Purchase.DirectoryJournal(folder.path)
    }

    enum Kind: String, CaseIterable {
        case create, edit, vary, generateStream, editStream
        var isStream: Bool { self == .generateStream || self == .editStream }
    }

    func buy(_ kind: Kind, _ client: ImagesClient, prompt: String = "secret words") async throws -> ImagesResponse {
        let edit = EditRequest(images: [try ImageUpload(Samples.png)], prompt: prompt, model: .gptImage26Flare)
        let create = GenerationRequest(prompt: prompt, model: .gptImage26Flare)
        switch kind {
        case .create: return try await client.generate(create)
        case .edit: return try await client.edit(edit)
        case .vary:
            var request = VariationRequest(image: try ImageUpload(Samples.png))
            request.isEmulated = false
            return try await client.vary(request)
        case .generateStream: return try await client.generateStream(create).response()
        case .editStream: return try await client.editStream(edit).response()
        }
    }

    /// Responds with one image, as a stream if requested; `before` is called with each request first.
    func server(_ before: @escaping @Sendable (Int) -> Bool = { _ in true }) throws -> LoopbackServer {
        let count = Locked(0)
        return try LoopbackServer { connection, request in
            let number = count.withLock {
                $0 += 1
                return $0
            }
            guard before(number) else {
                connection.respond(503, json: "{}")
                return
            }
            if request.body.range(of: Data("stream".utf8)) != nil {
                connection.respond(
                    headers: ["Content-Type: text/event-stream"], json: StreamingTests.event("completed", Samples.png))
            } else {
                connection.respond(json: Samples.response([Samples.png]))
            }
        }
    }

    func client(
        _ server: LoopbackServer, _ change: (inout ImagesClient.Configuration) -> Void = { _ in }
    ) throws -> ImagesClient {
        try Samples.client(server, key: SecretsTests.canary) {
            $0.spoolDirectory = folder.path
            $0.purchaseLabel = "a label\n"
            $0.retryPolicy.baseDelay = .milliseconds(1)
            change(&$0)
        }
    }

    @Test(
        "The entry is there before the server has the request, with the file that is named after it",
        arguments: Kind.allCases)
    func entry(kind: Kind) async throws {
        let seen = Locked<[String]>([])
        let server = try server { [folder] _ in
            seen.withLock { $0 = folder.names }
            return true
        }
        defer { server.stop() }
        let response = try await buy(kind, try client(server))
        let key = try #require(response.purchaseKey)
        #expect(seen.withLock { $0 } == ["gesso-\(key).entry", "gesso-\(key).part"])
        #expect(folder.names == ["gesso-\(key).entry", "gesso-\(key).\(kind.isStream ? "sse" : "json")"])
        #expect(response.spooledFile?.hasPrefix("\(folder.path)/gesso-\(key).") == true)
        let entries = try await journal.list()
        let purchase = try #require(entries.first?.purchase)
        #expect(entries.map(\.state) == [.done] && purchase.key == key)
        #expect(purchase.host == "127.0.0.1:\(server.port)" && purchase.digest.utf8.count == 64)
        #expect(purchase.label == "a label\\u{a}" && abs(purchase.time.timeIntervalSinceNow) < 600)
        #expect(
            purchase.operation
                == (kind == .vary
                    ? "images.variations" : kind.rawValue.hasPrefix("edit") ? "images.edits" : "images.generations"))
        let text = try folder.read("gesso-\(key).entry")
        #expect(!text.contains("secret words") && !text.contains("canary") && !text.contains("iVBOR"))
    }

    @Test("Retries within a call are one entry", arguments: Kind.allCases)
    func repeats(kind: Kind) async throws {
        let server = try server { $0 > 2 }
        defer { server.stop() }
        let response = try await buy(kind, try client(server) { $0.retryPolicy.maxRetries = 2 })
        #expect(response.attempts == 3 && server.requests.count == 3)
        #expect(try await journal.list().map(\.state) == [.done])
    }

    @Test("A refused purchase is failed, an interrupted one is unknown", arguments: Kind.allCases)
    func endings(kind: Kind) async throws {
        for (isCut, state) in [(false, Purchase.Entry.State.failed), (true, .unknown)] {
            let server = try LoopbackServer { connection, _ in
                if isCut { connection.close() } else { connection.respond(400, json: ErrorMappingTests.api("invalid")) }
            }
            defer { server.stop() }
            let error = await #expect(throws: ImagesAPIError.self) { try await buy(kind, try client(server)) }
            let key = try #require(error?.facts["purchaseKey"])
            let entry = try #require(try await journal.list().first { $0.purchase.key == key })
            #expect(entry.state == state && entry.reason == error?.label)
        }
    }

    @Test("A key is bought once, and read back after that, by any call", arguments: Kind.allCases)
    func once(kind: Kind) async throws {
        let server = try server()
        defer { server.stop() }
        let client = try client(server) { $0.purchaseKey = "k" }
        let first = try await buy(kind, client)
        let second = try await buy(kind, client)
        #expect(server.requests.count == 1)
        #expect(first.images == second.images && second.purchaseKey == "k" && first.usage == second.usage)
        let other = await #expect(throws: ImagesAPIError.self) {
            try await buy(kind == .edit ? .create : .edit, client, prompt: "other")
        }
        #expect(other?.code == .invalidRequest && server.requests.count == 1)
    }

    @Test("Many concurrent requests with one key pay for it once")
    func concurrently() async throws {
        let server = try server { _ in
            usleep(50_000)
            return true
        }
        defer { server.stop() }
        let codes = await withTaskGroup(of: String.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    do {
                        // Each with a client of its own, as other processes would have.
                        _ = try await buy(.create, try client(server) { $0.purchaseKey = "k" })
                        return "bought"
                    } catch {
                        return (error as? ImagesAPIError)?.code.rawValue ?? "\(error)"
                    }
                }
            }
            return await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(server.requests.count == 1 && codes.isSubset(of: ["bought", "purchaseUnresolved"]))
        #expect(codes.contains("bought"))
    }

    @Test("An unknown purchase is not sent again until it is resolved")
    func unknown() async throws {
        let isCut = Locked(true)
        let server = try LoopbackServer { connection, _ in
            if isCut.withLock({ $0 }) {
                connection.close()
            } else {
                connection.respond(json: Samples.response([Samples.png]))
            }
        }
        defer { server.stop() }
        let client = try client(server) { $0.purchaseKey = "k" }
        _ = await #expect(throws: ImagesAPIError.self) { try await buy(.create, client) }
        isCut.withLock { $0 = false }
        let error = await #expect(throws: ImagesAPIError.self) { try await buy(.create, client) }
        #expect(error?.code == .purchaseUnresolved && error?.mayHaveBeenBilled == true && server.requests.count == 1)
        try await journal.resolve("k", as: .failed(reason: "checked"))
        #expect(try await buy(.create, client).images.count == 1)
        #expect(server.requests.count == 2)
    }

    @Test("A stream that is left early is unknown, and what arrived of it is kept")
    func leftEarly() async throws {
        let image = Samples.png(byteCount: 100_000)
        let server = try StreamingTests.server([
            StreamingTests.event("partial_image", image, index: 0), StreamingTests.event("completed", image),
        ])
        defer { server.stop() }
        for try await _ in try client(server).generateStream(Samples.generation, partialImages: 1) { break }
        var state = Purchase.Entry.State.underWay
        for _ in 0..<1_000 where state == .underWay {
            try await Task.sleep(for: .milliseconds(5))
            state = try await journal.list().first?.state ?? .underWay
        }
        // The rest may have come before the transfer was closed.
        #expect(state == .unknown || state == .done)
    }

    @Test(
        "A spool that cannot be used refuses the request, unless the configuration allows it", arguments: Kind.allCases)
    func unusable(kind: Kind) async throws {
        let server = try server()
        defer { server.stop() }
        let strict = try client(server) { $0.spoolDirectory = "/nonexistent/folder" }
        let error = await #expect(throws: ImagesAPIError.self) { try await buy(kind, strict) }
        #expect(error?.code == .spoolNotWritable && error?.mayHaveBeenBilled == false && server.connections == 0)
        let lenient = strict.with { $0.allowsUnspooledRequests = true }
        let response = try await buy(kind, lenient)
        #expect(response.data == Samples.png && response.spooledFile == nil && response.purchaseKey == nil)
    }

    @Test(
        "A purchase with a key or a journal of its own is not sent without a claim, also where unspooled requests are allowed",
        arguments: Kind.allCases)
    func unclaimed(kind: Kind) async throws {
        let server = try server()
        defer { server.stop() }
        let refusal = ImagesAPIError(.spoolNotWritable, "The storage failed.")
        let clients = [
            try client(server) { ($0.spoolDirectory, $0.purchaseKey) = ("/nonexistent/folder", "k") },
            try client(server) { $0.journal = Notebook(fails: true, refusal: refusal) },
        ]
        for client in clients {
            let lenient = client.with { $0.allowsUnspooledRequests = true }
            let error = await #expect(throws: ImagesAPIError.self) { try await buy(kind, lenient) }
            #expect(error?.code == .spoolNotWritable && error?.mayHaveBeenBilled == false)
            #expect(error?.message.contains("paid for twice") == true)
        }
        #expect(server.requests.isEmpty)
    }

    @Test(
        "A purchase is claimed and recorded if only its response cannot be kept and that is allowed",
        arguments: Kind.allCases)
    func claimedWithoutSpool(kind: Kind) async throws {
        let server = try server()
        defer { server.stop() }
        let notebook = Notebook(fails: false)
        let client = try client(server) {
            ($0.spoolDirectory, $0.journal, $0.purchaseKey) = ("/nonexistent/folder", notebook, "k")
        }
        let error = await #expect(throws: ImagesAPIError.self) { try await buy(kind, client) }
        #expect(error?.code == .spoolNotWritable && server.requests.isEmpty)
        #expect(Array(notebook.log.withLock { $0 }.prefix(2)) == ["claim k", "failed"])
        let response = try await buy(kind, client.with { $0.allowsUnspooledRequests = true })
        #expect(response.data == Samples.png && response.purchaseKey == "k" && server.requests.count == 1)
        let log = notebook.log.withLock { $0 }.filter { $0 != "released" }
        #expect(log == ["claim k", "failed", "claim k", "unknown"])
    }

    /// A journal that records its calls, and fails if configured to.
    final class Notebook: Purchase.Journal {
        struct Trouble: Error {}
        let log = Locked<[String]>([])
        let fails: Bool
        let refusal: any Error
        init(fails: Bool, refusal: any Error = Trouble()) { (self.fails, self.refusal) = (fails, refusal) }
        func claim(_ purchase: Purchase) async throws -> Purchase.Claim {
            log.withLock { $0.append("claim \(purchase.key)") }
            if fails { throw refusal }
            return .mine { self.log.withLock { $0.append("released") } }
        }
        func record(_ outcome: Purchase.Outcome, of key: String) async throws {
            let word =
                switch outcome {
                case .done(let file): "done \(file.hasSuffix("gesso-k.json"))"
                case .failed: "failed"
                case .unknown: "unknown"
                }
            log.withLock { $0.append(word) }
        }
        func list() async throws -> [Purchase.Entry] { [] }
        func resolve(_ key: String, as outcome: Purchase.Outcome) async throws {}
    }

    @Test("A journal of one's own is used in its place, and nothing is sent if it fails")
    func otherJournal() async throws {
        let server = try server()
        defer { server.stop() }
        let notebook = Notebook(fails: false)
        _ = try await buy(.create, try client(server) { ($0.journal, $0.purchaseKey) = (notebook, "k") })
        #expect(notebook.log.withLock { $0 } == ["claim k", "done true", "released"])
        let error = await #expect(throws: ImagesAPIError.self) {
            try await buy(.create, try client(server) { $0.journal = Notebook(fails: true) })
        }
        #expect(error?.code == .spoolNotWritable && server.requests.count == 1)
        let without = await #expect(throws: ImagesAPIError.self) {
            try await buy(.create, try client(server) { ($0.journal, $0.spoolDirectory) = (notebook, nil) })
        }
        #expect(without?.code == .invalidConfiguration && server.requests.count == 1)
    }

    @Test("The digest is that of the request, not of its boundary")
    func digest() async throws {
        func digest(_ prompt: String, _ image: Data) async throws -> String {
            let request = EditRequest(images: [try ImageUpload(image)], prompt: prompt, model: .gptImage26Flare)
            let client = ImagesClient()
            let (body, _) = try client.body(of: request)
            return await TransferRequest(endpoint: .edits, url: "http://h/", body: body).digest()
        }
        let first = try await digest("p", Samples.png)
        #expect(try await digest("p", Samples.png) == first)
        #expect(try await digest("q", Samples.png) != first)
        #expect(try await digest("p", Samples.png + [0]) != first)
    }

    @Test("Impossible numbers of images are refused and do not trap", arguments: [Int.max, .min, 0, -1])
    func absurdNumbers(count: Int) async throws {
        let server = try server()
        defer { server.stop() }
        let client = try client(server)
        var create = GenerationRequest(prompt: "p", model: .gptImage26Flare)
        create.n = count
        var edit = EditRequest(images: [try ImageUpload(Samples.png)], prompt: "p", model: .gptImage26Flare)
        edit.n = count
        for partials in [Int.max, .min, 0] {
            _ = try? await client.generateStream(create, partialImages: partials).response()
            _ = try? await client.editStream(edit, partialImages: partials).response()
        }
        _ = try? await client.generate(create)
        _ = try? await client.edit(edit)
        #expect(ResponseEstimate.bytes(size: "999999999999x999999999999", images: count, isTransparent: true) > 0)
    }

    @Test("Images that a journaled response names by relative addresses are fetched", arguments: Kind.allCases)
    func relativeAddresses(kind: Kind) async throws {
        let server = try LoopbackServer { connection, request in
            if request.line.hasPrefix("GET /files/a.png ") {
                connection.respond(headers: ["Content-Type: image/png"], body: Samples.png)
            } else if request.body.range(of: Data("stream".utf8)) != nil {
                connection.respond(
                    headers: ["Content-Type: text/event-stream"],
                    json: #"data: {"type":"image_generation.completed","url":"/files/a.png"}"# + "\n\n")
            } else {
                connection.respond(json: #"{"data":[{"url":"/files/a.png"}]}"#)
            }
        }
        defer { server.stop() }
        let client = try client(server) {
            $0.purchaseKey = "k"
            $0.fetchPolicy = ImagesClient.FetchPolicy()
        }
        for _ in 0..<2 {
            let response = try await buy(kind, client)
            #expect(response.images.map(\.data) == [Samples.png])
        }
        #expect(server.requests.filter { $0.line.hasPrefix("POST") }.count == 1)
    }
}
