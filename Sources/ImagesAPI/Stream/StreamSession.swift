import Synchronization

/// A streamed request that has not been sent yet.
final class StreamSession<Element: Sendable>: Sendable {
    typealias Channel = EventChannel<Element>

    let client: ImagesClient
    let makeRequest: @Sendable () throws(ImagesAPIError) -> TransferRequest
    let makeReceiver: @Sendable (TransferRequest, Channel) -> any ResumableReceiver
    let rescue: @Sendable (Element) -> [GeneratedImage]
    private let isClaimed = Atomic(false)

    init(
        client: ImagesClient, rescue: @escaping @Sendable (Element) -> [GeneratedImage],
        makeRequest: @escaping @Sendable () throws(ImagesAPIError) -> TransferRequest,
        makeReceiver: @escaping @Sendable (TransferRequest, Channel) -> any ResumableReceiver
    ) {
        self.client = client
        self.rescue = rescue
        self.makeRequest = makeRequest
        self.makeReceiver = makeReceiver
    }

    /// The one reader; a second would send, and pay for, the request again.
    func claim() -> Result<StreamReader<Element>, ImagesAPIError> {
        guard !isClaimed.exchange(true, ordering: .relaxed) else {
            return .failure(
                ImagesAPIError(
                    .invalidRequest,
                    "This stream has been gone through already; make a new one to send the request again."))
        }
        return .success(StreamReader(self))
    }
}

/// Sends a streamed request at the first `next` and hands out its events; ends the transfer when it goes away.
final class StreamReader<Element: Sendable>: Sendable {
    private struct State {
        var channel: EventChannel<Element>?
        var transfer: Transfer?
        var isOver = false
    }

    private let session: StreamSession<Element>
    private let state = Mutex(State())

    init(_ session: StreamSession<Element>) { self.session = session }

    deinit {
        if let transfer = state.withLock({ $0.transfer }) { session.client.core.loop.cancel(transfer) }
    }

    func next() async throws(ImagesAPIError) -> Element? {
        if state.withLock({ $0.isOver }) { return nil }
        var attempts = 0
        while true {
            attempts += 1
            let isFirst = state.withLock { $0.channel == nil }
            do throws(ImagesAPIError) {
                let running = state.withLock { $0.channel }
                let channel = if let running { running } else { try start() }
                let event = try await take(from: channel)
                if event == nil { state.withLock { $0.isOver = true } }
                return event
            } catch {
                let clean = session.client.scrubbed(error)
                do throws(ImagesAPIError) {
                    // Once an event has been handed out, beginning anew would hand it out, and be paid for, twice.
                    guard isFirst else { throw clean }
                    try await ImagesClient.waitOrThrow(
                        clean, attempts: attempts, policy: session.client.configuration.retryPolicy)
                    state.withLock { $0.channel = nil }
                } catch {
                    state.withLock { $0.isOver = true }
                    throw error
                }
            }
        }
    }

    private func take(from channel: EventChannel<Element>) async throws(ImagesAPIError) -> Element? {
        let result = await withTaskCancellationHandler {
            await channel.next()
        } onCancel: {
            channel.cancel()
            if let transfer = state.withLock({ $0.transfer }) { session.client.core.loop.cancel(transfer) }
        }
        return try result.get()
    }

    private func start() throws(ImagesAPIError) -> EventChannel<Element> {
        guard !Task.isCancelled else {
            throw ImagesAPIError(.cancelled, "The task was cancelled before the request was sent.")
        }
        let request = try session.makeRequest()
        let channel = EventChannel<Element>(rescue: session.rescue)
        let receiver = session.makeReceiver(request, channel)
        let transfer = Transfer(request, receiver: receiver)
        let loop = session.client.core.loop
        receiver.resume = { [weak transfer] in if let transfer { loop.resume(transfer) } }
        state.withLock { state in
            state.channel = channel
            state.transfer = transfer
        }
        loop.start(transfer)
        return channel
    }
}
