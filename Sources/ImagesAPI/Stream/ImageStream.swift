/// The events of one streamed request, in the order the server sends them.
///
/// ```swift
/// for try await event in client.generateStream(request, partialImages: 2) {
///     switch event {
///     case .partial(let partial): show(partial.image)
///     case .completed(let completed): store(completed.image)
///     }
/// }
/// ```
/// The loop ends without an error only after every requested image has been completed. An earlier end throws
/// `streamEndedEarly`, with the last partial image in `partialImages`.
public typealias ImageStream = ImagesClient.ResponseStream<ImageEvent>

extension ImagesClient {
    /// A response as a sequence of elements, read while it arrives.
    ///
    /// The request is sent when the first element is requested, and once: a stream can be iterated one time only. Leaving
    /// the loop, or releasing the iterator, ends the transfer. At most one element is held ahead of the consumer, so a slow
    /// consumer slows the server down.
    public struct ResponseStream<Element: Sendable>: AsyncSequence, Sendable {
        public typealias Failure = ImagesAPIError

        private let session: StreamSession<Element>

        init(_ session: StreamSession<Element>) { self.session = session }

        public func makeAsyncIterator() -> Iterator { Iterator(session.claim()) }

        /// Iterates over the elements; not to be shared between tasks.
        public struct Iterator: AsyncIteratorProtocol, CustomReflectable {
            private let reader: Result<StreamReader<Element>, ImagesAPIError>

            init(_ reader: Result<StreamReader<Element>, ImagesAPIError>) { self.reader = reader }

            var response: StreamResponse? { (try? reader.get())?.response }

            public mutating func next() async throws(ImagesAPIError) -> Element? { try await reader.get().next() }

            public mutating func next(
                isolation actor: isolated (any Actor)?
            ) async throws(ImagesAPIError) -> Element? {
                try await reader.get().next()
            }

            /// Shows nothing: the request behind it has the key in its header.
            public var customMirror: Mirror { Mirror(self, children: []) }
        }
    }
}

extension ImagesClient.ResponseStream where Element == ImageEvent {
    /// Iterates over the whole stream and returns the response that a request without streaming would have had.
    ///
    /// The server waits while `onPartial` runs. Throws what the stream throws.
    public func response(
        onPartial: @Sendable (ImageEvent.Partial) async -> Void = { _ in }
    ) async throws(ImagesAPIError) -> ImagesResponse {
        var completed: [ImageEvent.Completed] = []
        var iterator = makeAsyncIterator()
        while let event = try await iterator.next() {
            switch event {
            case .partial(let partial): await onPartial(partial)
            case .completed(let image): completed.append(image)
            }
        }
        let known = iterator.response
        let head = known?.head ?? ResponseHead(status: 200)
        guard let last = completed.last else { throw ResponseRules.empty(head) }
        var response = ImagesResponse(completed, last: last, head: head)
        response.attempts = known?.attempts ?? 1
        response.spooledFile = known?.spooledFile
        response.purchaseKey = known?.purchaseKey
        return response
    }
}
