/// The images of one streamed request, partial and finished ones, in the order the server sends them.
///
/// ```swift
/// for try await received in client.generateStream(request, partialImages: 2) {
///     if received.isPartial { show(received.image) } else { store(received.image) }
/// }
/// ```
/// The request is sent when the first image is requested, and once: a stream can be iterated one time only. Leaving the
/// loop, or releasing the iterator, ends the transfer. At most one image is held ahead of the consumer, so a slow
/// consumer slows the server down. The loop ends without an error only after every requested image has been completed.
/// An earlier end throws `streamEndedEarly`, with the last partial image in `partialImages`.
public struct ImageStream: AsyncSequence, Sendable {
    /// What iterating throws.
    public typealias Failure = ImagesAPIError

    private let session: StreamSession<Event>

    init(_ session: StreamSession<Event>) { self.session = session }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: session.claim()) }

    /// Iterates over the images; not to be shared between tasks.
    public struct AsyncIterator: AsyncIteratorProtocol, CustomReflectable {
        fileprivate let reader: Result<StreamReader<Event>, ImagesAPIError>

        /// The next image; nil at the end of the stream.
        public mutating func next() async throws(ImagesAPIError) -> ReceivedImage? {
            try await reader.get().next()?.received
        }

        /// The next image; nil at the end of the stream.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(ImagesAPIError) -> ReceivedImage? {
            try await reader.get().next()?.received
        }

        /// Shows nothing: the request behind it has the key in its header.
        public var customMirror: Mirror { Mirror(self, children: []) }
    }

    /// Iterates over the whole stream and returns the response that a request without streaming would have had.
    ///
    /// The server waits while `onPartial` runs. Throws what the stream throws.
    public func response(
        onPartial: @Sendable (ReceivedImage) async -> Void = { _ in }
    ) async throws(ImagesAPIError) -> ImagesResponse {
        var completed: [ReceivedImage] = []
        let reader = try session.claim().get()
        while let event = try await reader.next() {
            switch event {
            case .partial(let partial): await onPartial(partial)
            case .completed(let image): completed.append(image)
            }
        }
        let known = reader.response
        let head = known?.head ?? ResponseHead(status: 200)
        guard let last = completed.last else { throw ResponseRules.empty(head) }
        var response = ImagesResponse(completed, last: last, head: head)
        response.attempts = known?.attempts ?? 1
        response.spooledFile = known?.spooledFile
        response.purchaseKey = known?.purchaseKey
        return try await session.client.fetchingIfAllowed(response)
    }
}
