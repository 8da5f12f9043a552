extension ImageStream {
    /// Goes through the whole stream and gives the answer it amounts to, as a request without streaming would.
    ///
    /// `onPartial` sees the work as it proceeds; while it runs, the server waits. Throws what the stream throws.
    public func response(
        onPartial: @Sendable (ImageEvent.Partial) async -> Void = { _ in }
    ) async throws(ImagesAPIError) -> ImagesResponse {
        var finished: [ImageEvent.Completed] = []
        var iterator = makeAsyncIterator()
        while let event = try await iterator.next() {
            switch event {
            case .partial(let partial): await onPartial(partial)
            case .completed(let completed): finished.append(completed)
            }
        }
        let answer = iterator.answer
        let head = answer?.head ?? ResponseHead(status: 200)
        guard let last = finished.last else { throw ResponseRules.empty(head) }
        var response = ImagesResponse(finished, last: last, head: head)
        response.attempts = answer?.attempts ?? 1
        response.spooledFile = answer?.spooledFile
        response.purchaseKey = answer?.purchaseKey
        return response
    }
}
