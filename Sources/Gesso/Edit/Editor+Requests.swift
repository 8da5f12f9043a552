import GessoPixels
public import ImagesAPI

extension Editor {
    /// The middle part of an edit: sends the requests in parallel, and waits for all of them.
    ///
    /// A request that fails stops none of the others, for they may be paid already. `besides` are responses that are here
    /// already; those requests are not sent. With `partialImages` responses are streamed, and up to so many images of the
    /// work so far go to `onPartialImage`, with the index of their request. `onFailure` gets each error, which may hold what
    /// the server sent. `send` makes the request of that index in some other way.
    ///
    /// Throws `limitExceeded` when finishing does not fit the budget, ``Editor/UnfinishedEdit`` when some requests got a response
    /// and some did not; when none did, the error of the one that may have been billed, or else of the first.
    package func responses(
        to prepared: PreparedEdit, besides received: [ImagesResponse?] = [], partialImages: Int? = nil,
        onPartialImage: (@Sendable (ImageStream.ReceivedImage, _ index: Int) async -> Void)? = nil,
        onFailure: ((any Error, _ index: Int) -> Void)? = nil,
        send: (@Sendable (EditRequest, Int) async throws -> ImagesResponse)? = nil
    ) async throws -> [ImagesResponse] {
        // What could not be finished is not bought.
        try prepared.plan.requireFinish(within: budget)
        let (client, count) = (client, prepared.uploads.count)
        let send =
            send ?? { request, index in
                let client = client.with { configuration in
                    guard count > 1 else { return }
                    // Each request is a purchase of its own.
                    configuration.purchaseKey = configuration.purchaseKey.map { "\($0)-region-\(index)" }
                    configuration.purchaseLabel = configuration.purchaseLabel.map { "\($0)-region-\(index)" }
                }
                guard let partialImages else { return try await client.edit(request) }
                return try await client.editStream(request, partialImages: partialImages).response { partial in
                    await onPartialImage?(partial, index)
                }
            }
        let requests = try prepared.requests()
        let given = received.count == requests.count ? received : requests.map { _ in nil }
        var responses = given
        var failures: [Int: any Error] = [:]
        for outcome in await Self.outcomes(of: requests, except: given, send) {
            switch outcome.result {
            case .success(let response): responses[outcome.index] = response
            case .failure(let error): failures[outcome.index] = error
            }
        }
        for (index, error) in failures.sorted(by: { $0.key < $1.key }) { onFailure?(error, index) }
        guard let first = failures.min(by: { $0.key < $1.key })?.value else { return responses.compactMap { $0 } }
        let billed = failures.sorted { $0.key < $1.key }.map(\.value).first {
            ($0 as? ImagesAPIError)?.mayHaveBeenBilled == true
        }
        let cause = billed ?? first
        guard responses.contains(where: { $0 != nil }) else { throw cause }
        throw UnfinishedEdit(responses: responses, prepared: prepared, cause: cause)
    }

    private struct Outcome: Sendable {
        let index: Int
        let result: Result<ImagesResponse, any Error>
    }

    /// Sends all requests that have no response yet, at once.
    private static func outcomes(
        of requests: [EditRequest], except given: [ImagesResponse?],
        _ send: @escaping @Sendable (EditRequest, Int) async throws -> ImagesResponse
    ) async -> [Outcome] {
        await withTaskGroup(of: Outcome.self, returning: [Outcome].self) { group in
            for (index, request) in requests.enumerated() where given[index] == nil {
                group.addTask {
                    do {
                        return Outcome(index: index, result: .success(try await send(request, index)))
                    } catch {
                        return Outcome(index: index, result: .failure(error))
                    }
                }
            }
            var outcomes: [Outcome] = []
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
    }
}

extension Editor.PreparedEdit {
    /// The requests of the edit, one for each upload.
    package func requests() throws(ImagesAPIError) -> [EditRequest] {
        var requests: [EditRequest] = []
        for upload in uploads {
            var request = plan.draft
            for part in upload.parts {
                let file = try ImageUpload(part.data, filename: part.filename)
                switch part.role {
                case .image, .reference: request.images.append(file)
                case .mask: request.mask = file
                case .markup: request.markup = file
                }
            }
            request.size = ImageSize(rawValue: "\(upload.canvas)")
            requests.append(request)
        }
        return requests
    }
}

extension Editor {
    /// Images that were made and paid for, in an edit that could not be finished: the responses are in here, so never request
    /// them again.
    ///
    /// Remove the cause (a full disk, a cancelled task, too small a budget, a network that is down) and go on with
    /// ``Editor/resume(_:photo:)``: it sends only the requests without a response.
    public struct UnfinishedEdit: Error, Sendable {
        /// What the server returned to each request, whole; nil for a request that failed.
        public let responses: [ImagesResponse?]
        /// What was sent, one upload for each response.
        public let prepared: PreparedEdit
        /// What went wrong.
        public let cause: any Error

        package init(responses: [ImagesResponse?], prepared: PreparedEdit, cause: any Error) {
            self.responses = responses
            self.prepared = prepared
            self.cause = cause
        }

        /// The responses that arrived.
        public var received: [ImagesResponse] { responses.compactMap { $0 } }

        /// The tokens that are paid for, as far as the responses tell.
        public var usage: Usage? { Usage(sumOf: received.compactMap(\.usage)) }
    }
}

extension Editor.UnfinishedEdit: CustomStringConvertible {
    /// What was received and not finished, why, and what to do; one sentence or two.
    public var description: String {
        let names = received.map { $0.requestID ?? "without an id" }.joined(separator: ", ")
        guard received.count < responses.count else {
            return "The image was made (request \(names)) and not finished: \(cause) "
                + "Keep the response and finish it again; do not repeat the request."
        }
        return
            "\(received.count) of \(responses.count) requests have a response (\(names)), the others failed: \(cause) "
            + "Keep the responses and resume; only requests without a response are sent."
    }
}
