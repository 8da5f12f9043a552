extension ImageStream {
    /// Goes through the whole stream and gives the answer it amounts to, as a request without streaming would.
    ///
    /// `onPartial` sees the work as it proceeds; while it runs, the server waits. Throws what the stream throws.
    public func response(
        onPartial: @Sendable (PartialImage) async -> Void = { _ in }
    ) async throws(ImagesAPIError) -> ImagesResponse {
        var finished: [CompletedImage] = []
        for try await event in self {
            switch event {
            case .partial(let partial): await onPartial(partial)
            case .completed(let completed): finished.append(completed)
            }
        }
        let head = ResponseHead(status: 200)
        guard let last = finished.last else { throw ResponseRules.empty(head) }
        return ImagesResponse(finished, last: last, head: head)
    }
}
