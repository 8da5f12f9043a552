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
/// The request is sent when the first event is asked for, once: a stream can be gone through one time only. Leaving the
/// loop, or dropping the iterator, closes the transfer. A slow consumer slows the server down: one event at most is held
/// ahead of it. The loop ends without an error only after every image asked for has been completed; an end before that
/// throws `streamEndedEarly`, with the last partial image in `partialImages`.
public struct ImageStream: AsyncSequence, Sendable {
    public typealias Element = ImageEvent
    public typealias Failure = ImagesAPIError

    private let session: StreamSession<ImageEvent>

    init(_ session: StreamSession<ImageEvent>) { self.session = session }

    public func makeAsyncIterator() -> Iterator { Iterator(session.claim()) }

    /// Goes through the events; not to be shared between tasks.
    public struct Iterator: AsyncIteratorProtocol {
        private let reader: Result<StreamReader<ImageEvent>, ImagesAPIError>

        init(_ reader: Result<StreamReader<ImageEvent>, ImagesAPIError>) { self.reader = reader }

        var answer: StreamResponse? { (try? reader.get())?.answer }

        public mutating func next() async throws(ImagesAPIError) -> ImageEvent? { try await reader.get().next() }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(ImagesAPIError) -> ImageEvent? {
            try await reader.get().next()
        }
    }
}

extension ImageStream.Iterator: CustomReflectable {
    /// Shows nothing: the request behind it has the key in its header.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
