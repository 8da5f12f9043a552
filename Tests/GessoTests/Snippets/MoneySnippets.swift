// The code stands here as the documents have it.
// swift-format-ignore-file
import Foundation
import Gesso
import GessoMockServer
import Testing

private func firstRequest(_ file: URL) async throws {
    // first-request-begin
    let client = ImagesClient()                       // key from OPENAI_API_KEY
    let response = try await client.generate("a lighthouse at dusk", model: .gptImage26Flare)
    try response.data?.write(to: file)
    // first-request-end
}

private func errors(_ client: ImagesClient, _ prompt: String) async throws -> String {
    // errors-begin
    do {
        let response = try await client.generate(prompt, model: .gptImage26Flare)
        return "\(response.images.count) images"
    } catch {                                               // an ImagesAPIError
        switch error.code {
        case .moderationBlocked: return "The server refuses this prompt."
        case .overloaded, .rateLimited, .spendingLimit: return "Too many requests; retry later."
        default:
            if error.mayHaveBeenBilled { print("may have been billed:", error.requestID ?? "no id", error.facts) }
            throw error                                     // prints as what happened and what to do; never the key
        }
    }
    // errors-end
}

private func spooled(_ spool: String) {
    // spool-begin
    var configuration = ImagesClient.Configuration()
    configuration.spoolDirectory = spool                    // e.g. /var/lib/app/spool; it must exist
    let client = ImagesClient(configuration: configuration)
    // spool-end
    client.shutdown()
}

private func limited() -> ImagesClient.Configuration {
    // limits-begin
    var configuration = ImagesClient.Configuration()
    configuration.spendingLimit = 20                        // US dollars, over the life of the client
    configuration.imagesPerMinute = 50
    // limits-end
    return configuration
}

private func unfinished(_ spool: String) async throws -> Int {
    // journal-begin
    let journal = Purchase.DirectoryJournal(spool)
    for entry in try await journal.list() where entry.state != .underWay {
        let response = try? await journal.response(for: entry.purchase.key)      // as far as it arrived
        print(entry.purchase.label ?? "", entry.state, response?.images.count ?? 0)
    }
    try await journal.prune(olderThan: 30 * 86_400)
    // journal-end
    return try await journal.list().count
}

private func once(_ client: ImagesClient, _ request: GenerationRequest) async throws -> ImagesResponse {
    // purchase-key-begin
    let response = try await client.with { $0.purchaseKey = "order-4711" }.generate(request)
    // purchase-key-end
    return response
}

@Suite("Code of the article about money", .timeLimit(.minutes(10)))
struct MoneySnippets {
    @Test("buys once for one key, and keeps the response")
    func buysOnce() async throws {
        try await withTemporaryFolder { folder in
            try await MockServer.run(behavior: MockServer.Behavior(size: "320x320")) { mock in
                spooled(folder.path)
                #expect(limited().spendingLimit == 20)
                var configuration = mock.clientConfiguration
                configuration.spoolDirectory = folder.path
                let client = ImagesClient(configuration: configuration)
                let request = GenerationRequest(prompt: "a lighthouse", model: .gptImage26Flare)
                let (first, second) = (try await once(client, request), try await once(client, request))
                #expect(first.data == second.data && mock.requestCount == 1)
                #expect(try await unfinished(folder.path) == 1)
            }
        }
    }

    @Test("tells errors apart")
    func tellsErrorsApart() async throws {
        var behavior = MockServer.Behavior(size: "320x320")
        behavior.faults = [.status(400, code: "moderation_blocked", times: 1)]
        try await MockServer.run(behavior: behavior) { mock in
            let (refused, made) = (try await errors(mock.client(), "x"), try await errors(mock.client(), "x"))
            #expect(refused == "The server refuses this prompt." && made == "1 images")
        }
    }
}
