import Synchronization

/// A streamed request that has not been sent yet.
final class StreamSession<Element: Sendable>: Sendable {
    typealias Channel = EventChannel<Element>

    let client: ImagesClient
    let makeRequest: @Sendable () throws(ImagesAPIError) -> TransferRequest
    let makeReceiver: @Sendable (TransferRequest, Channel) -> any ResumableReceiver
    let rescue: @Sendable (Element) -> [GeneratedImage]
    /// What the request may cost, for those that make pictures.
    let price: RequestPrice?
    /// What an event says about the final cost, if it ends the matter.
    let usage: @Sendable (Element) -> Usage?
    private let isClaimed = Atomic(false)

    init(
        client: ImagesClient, price: RequestPrice? = nil, usage: @escaping @Sendable (Element) -> Usage? = { _ in nil },
        rescue: @escaping @Sendable (Element) -> [GeneratedImage],
        makeRequest: @escaping @Sendable () throws(ImagesAPIError) -> TransferRequest,
        makeReceiver: @escaping @Sendable (TransferRequest, Channel) -> any ResumableReceiver
    ) {
        self.client = client
        self.price = price
        self.usage = usage
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
        var ticket: Gate.Ticket?
        var dollars: Double?
        var model: Model?
        var isOver = false
    }

    private let session: StreamSession<Element>
    private let state = Locked(State())

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
                let channel = if let running { running } else { try await start() }
                let event = try await take(from: channel)
                account(for: event)
                return event
            } catch {
                let clean = session.client.scrubbed(error)
                state.withLock { $0.ticket }?.settle(clean)
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

    /// Adds up what finished pictures cost, and settles it at the end.
    private func account(for event: Element?) {
        let (ticket, dollars) = state.withLock { state in
            guard let event else {
                state.isOver = true
                return (state.ticket, state.dollars)
            }
            if let model = state.model, let price = session.usage(event)?.dollars(model: model) {
                state.dollars = (state.dollars ?? 0) + price
            }
            return (nil, nil)
        }
        if event == nil {
            session.client.core.gate.succeeded()
            ticket?.settle(actual: dollars)
        }
    }

    private func start() async throws(ImagesAPIError) -> EventChannel<Element> {
        guard !Task.isCancelled else {
            throw ImagesAPIError(.cancelled, "The task was cancelled before the request was sent.")
        }
        let request = try session.makeRequest()
        let ticket: Gate.Ticket? =
            if let price = session.price { try await session.client.core.gate.enter(price) } else { nil }
        let channel = EventChannel<Element>(rescue: session.rescue)
        let receiver = session.makeReceiver(request, channel)
        let transfer = session.client.transfer(request, to: receiver)
        let loop = session.client.core.loop
        receiver.resume = { [weak transfer] in if let transfer { loop.resume(transfer) } }
        state.withLock { state in
            state.channel = channel
            state.transfer = transfer
            state.ticket = ticket
            state.model = request.model
        }
        loop.start(transfer)
        return channel
    }
}
