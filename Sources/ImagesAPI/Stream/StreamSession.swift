import Synchronization

/// A streamed request that has not been sent yet.
final class StreamSession<Element: Sendable>: Sendable {
    typealias Channel = EventChannel<Element>

    let client: ImagesClient
    let makeRequest: @Sendable (ImagesClient) throws(ImagesAPIError) -> TransferRequest
    let makeReceiver: @Sendable (TransferRequest, Channel) -> any ResumableReceiver
    let rescue: @Sendable (Element) -> [GeneratedImage]
    /// The events of a response that was bought before.
    let replay: @Sendable (ImagesResponse) -> [Element]
    /// What the request may cost, for those that make images.
    let price: RequestPrice?
    /// The finished image that an event brings.
    let completed: @Sendable (Element) -> ImageEvent.Completed?
    private let isClaimed = Atomic(false)

    init(
        client: ImagesClient, price: RequestPrice? = nil,
        completed: @escaping @Sendable (Element) -> ImageEvent.Completed? = { _ in nil },
        replay: @escaping @Sendable (ImagesResponse) -> [Element] = { _ in [] },
        rescue: @escaping @Sendable (Element) -> [GeneratedImage],
        makeRequest: @escaping @Sendable (ImagesClient) throws(ImagesAPIError) -> TransferRequest,
        makeReceiver: @escaping @Sendable (TransferRequest, Channel) -> any ResumableReceiver
    ) {
        self.client = client
        self.price = price
        self.completed = completed
        self.replay = replay
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
        var ticket: RateLimiter.Reservation?
        var model: Model?
        /// The client with the key that was sent.
        var client: ImagesClient?
        var attempts = Attempts()
        /// Finished images handed out, and what is known of their cost.
        var completed = 0
        var dollars: Double?
        var answer: StreamResponse?
        var isOver = false
    }

    private let session: StreamSession<Element>
    private let state = Locked(State())
    private let purchase: PurchaseSession?

    init(_ session: StreamSession<Element>) {
        self.session = session
        purchase = session.price.flatMap { _ in PurchaseSession(session.client.configuration) }
    }

    deinit {
        // Left before the end, or at it: nothing is open then.
        let state = state.withLock { $0 }
        guard let transfer = state.transfer else { return }
        if let price = session.price, state.completed >= max(price.images, 1) {
            // It has all its images; what is left of the answer may come for a moment still, as after the end.
            state.ticket?.settle(actual: state.dollars)
        } else {
            // Nobody will take what is in the channel: a receiver that waits for that must come to its end.
            state.channel?.cancel()
            session.client.core.loop.cancel(transfer)
            state.ticket?.settle(atLeast: state.dollars ?? 0)
        }
    }

    /// What is known of the answer apart from its events, once they have all been handed out.
    var answer: StreamResponse? { state.withLock { $0.answer } }

    func next() async throws(ImagesAPIError) -> Element? {
        if state.withLock({ $0.isOver }) { return nil }
        var attempts = state.withLock { $0.attempts }
        var renewed: ImagesClient?
        var mayRenew = true
        while true {
            let running = state.withLock { $0.channel }
            if running == nil { attempts.begin() }
            do throws(ImagesAPIError) {
                let channel = if let running { running } else { try await start(renewed) }
                renewed = nil
                let event = try await take(from: channel)
                await account(for: event, attempts)
                return event
            } catch {
                let (clean, client) = settle(error)
                do throws(ImagesAPIError) {
                    // Once an event has been handed out, beginning anew would hand it out, and be paid for, twice.
                    guard running == nil else { throw attempts.noting(clean) }
                    renewed = mayRenew ? await client.renewed(after: clean) : nil
                    if renewed != nil {
                        mayRenew = false
                    } else {
                        try await attempts.waitOrThrow(clean, policy: session.client.configuration.retryPolicy)
                    }
                    state.withLock { state in
                        state.channel = nil
                        state.transfer = nil
                    }
                } catch {
                    state.withLock { $0.isOver = true }
                    throw await purchase?.failed(error) ?? error
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

    /// Adds up what finished images cost, and settles it at the end.
    private func account(for event: Element?, _ attempts: Attempts) async {
        guard let event else {
            let (ticket, dollars) = state.withLock { state in
                state.isOver = true
                state.answer = StreamResponse(
                    state.transfer, attempts: attempts.count, purchaseKey: purchase?.journaledKey)
                // What is left of the answer may come for a moment still, so that its connection can be used again.
                state.transfer = nil
                return (state.ticket, state.dollars)
            }
            session.client.core.gate.succeeded()
            ticket?.settle(actual: dollars)
            await purchase?.succeeded(file: answer?.spooledFile)
            return
        }
        let completed = session.completed(event)
        state.withLock { state in
            state.attempts = attempts
            guard let completed else { return }
            state.completed += 1
            if let model = state.model, let price = completed.usage?.dollars(model: model) {
                state.dollars = (state.dollars ?? 0) + price
            }
        }
    }

    /// A failure without the key and with the place of what was kept, after it has been paid for.
    ///
    /// - Returns: the client whose attempt it was, too.
    private func settle(_ error: ImagesAPIError) -> (ImagesAPIError, ImagesClient) {
        let state = state.withLock { $0 }
        let client = state.client ?? session.client
        var clean = client.scrubbed(error)
        if let file = state.transfer?.spooledFile { clean.facts["spooledFile"] = file }
        state.ticket?.settle(clean, atLeast: state.dollars ?? 0)
        return (clean, client)
    }

    /// - Parameter renewed: a client with a key that was fetched just now.
    private func start(_ renewed: ImagesClient?) async throws(ImagesAPIError) -> EventChannel<Element> {
        guard !Task.isCancelled else {
            throw ImagesAPIError(.cancelled, "The task was cancelled before the request was sent.")
        }
        let client = if let renewed { renewed } else { try await session.client.keyed() }
        var request = try session.makeRequest(client)
        try client.requireSpoolForJournal()
        let ticket: RateLimiter.Reservation? =
            if let price = session.price {
                try await session.client.core.gate.enter(
                    price, timeout: session.client.configuration.timeouts.total)
            } else {
                nil
            }
        let channel = EventChannel<Element>(rescue: session.rescue)
        if let purchase, let price = session.price {
            do throws(ImagesAPIError) {
                if let saved = try await purchase.prepare(&request, responseBytes: price.responseBytes) {
                    ticket?.settle(actual: 0)
                    let response = try ImagesResponse(savedResponse: saved, limits: client.configuration.limits)
                    for event in session.replay(response) { channel.send(event) }
                    channel.finish(.success(()))
                    state.withLock { $0.channel = channel }
                    return channel
                }
            } catch {
                ticket?.settle(error)
                throw error
            }
        }
        let receiver = session.makeReceiver(request, channel)
        let transfer: Transfer
        do throws(ImagesAPIError) {
            transfer = try client.transfer(request, to: receiver)
        } catch {
            ticket?.settle(error)
            throw error
        }
        let loop = session.client.core.loop
        if let offloaded = transfer.receiver as? OffloadedReceiver {
            receiver.resume = { [weak offloaded] in offloaded?.unpark() }
        } else {
            receiver.resume = { [weak transfer] in if let transfer { loop.wish(.resume, of: transfer) } }
        }
        state.withLock { state in
            state.channel = channel
            state.transfer = transfer
            state.ticket = ticket
            state.model = request.model
            state.client = client
        }
        loop.start(transfer)
        return channel
    }
}

/// What there is to know of a stream's answer apart from its events.
struct StreamResponse: Sendable {
    var head: ResponseHead
    var attempts: Int
    var spooledFile: String?
    var purchaseKey: String?

    /// - Parameter transfer: nil when nothing was sent, because the response was in the journal.
    init?(_ transfer: Transfer?, attempts: Int, purchaseKey: String?) {
        self.purchaseKey = purchaseKey
        guard let transfer else {
            guard purchaseKey != nil else { return nil }
            head = ResponseHead(status: 200)
            self.attempts = 0
            return
        }
        guard let head = transfer.responseHead else { return nil }
        self.head = head
        self.attempts = attempts
        spooledFile = transfer.spooledFile
    }
}
