import GessoPixels
public import ImagesAPI

extension Editor {
    /// The middle part of an edit: sends a request for each preparation, in parallel, and waits for all of them.
    ///
    /// A request that fails stops none of the others, for they may be paid already. `besides` are answers that are here
    /// already; what they answer is not sent. `send` makes the request of that index, the client's
    /// ``ImagesClient/edit(_:)`` unless you say otherwise.
    /// Throws ``UnfinishedEdit`` when some brought an answer and some did not; when none did, the error of the one that
    /// may have been billed, or else of the first.
    public func responses(
        to preparations: [Preparation], prompt: String, besides answered: [ImagesResponse?] = [],
        send: (@Sendable (EditRequest, Int) async throws -> ImagesResponse)? = nil
    ) async throws -> [ImagesResponse] {
        // What could not be finished is not bought.
        try budget.require(Preparation.finishingBytes(preparations))
        let (client, count) = (client, preparations.count)
        let send =
            send ?? { request, index in
                try await client.with { configuration in
                    guard count > 1 else { return }
                    // Each request is a purchase of its own.
                    configuration.purchaseKey = configuration.purchaseKey.map { "\($0)-region-\(index)" }
                    configuration.purchaseLabel = configuration.purchaseLabel.map { "\($0)-region-\(index)" }
                }.edit(request)
            }
        var requests: [EditRequest] = []
        for preparation in preparations { requests.append(try request(prompt: prompt, preparation)) }

        let given = answered.count == requests.count ? answered : requests.map { _ in nil }
        var responses = given
        var failures: [Int: any Error] = [:]
        for answer in await Self.answers(to: requests, except: given, send) {
            switch answer.result {
            case .success(let response): responses[answer.index] = response
            case .failure(let error): failures[answer.index] = error
            }
        }
        guard let first = failures.min(by: { $0.key < $1.key })?.value else { return responses.compactMap { $0 } }
        let billed = failures.sorted { $0.key < $1.key }.map(\.value).first {
            ($0 as? ImagesAPIError)?.mayHaveBeenBilled == true
        }
        let cause = billed ?? first
        guard responses.contains(where: { $0 != nil }) else { throw cause }
        throw UnfinishedEdit(responses: responses, preparations: preparations, cause: cause)
    }

    private struct Answer: Sendable {
        let index: Int
        let result: Result<ImagesResponse, any Error>
    }

    /// Sends all requests that have no answer yet, at once.
    private static func answers(
        to requests: [EditRequest], except given: [ImagesResponse?],
        _ send: @escaping @Sendable (EditRequest, Int) async throws -> ImagesResponse
    ) async -> [Answer] {
        await withTaskGroup(of: Answer.self, returning: [Answer].self) { group in
            for (index, request) in requests.enumerated() where given[index] == nil {
                group.addTask {
                    do {
                        return Answer(index: index, result: .success(try await send(request, index)))
                    } catch {
                        return Answer(index: index, result: .failure(error))
                    }
                }
            }
            var answers: [Answer] = []
            for await answer in group { answers.append(answer) }
            return answers
        }
    }
}
