/// The results of a batch as they arrive, as one sequence; sent when the first is requested, and once.
struct BatchResultStream: AsyncSequence, Sendable {
    typealias Failure = ImagesAPIError

    let session: StreamSession<Batch.Result>

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: session.claim()) }

    struct AsyncIterator: AsyncIteratorProtocol, CustomReflectable {
        let reader: Result<StreamReader<Batch.Result>, ImagesAPIError>

        mutating func next() async throws(ImagesAPIError) -> Batch.Result? { try await reader.get().next() }

        mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(ImagesAPIError) -> Batch.Result? {
            try await reader.get().next()
        }

        /// Shows nothing: the request behind it has the key in its header.
        var customMirror: Mirror { Mirror(self, children: []) }
    }
}
