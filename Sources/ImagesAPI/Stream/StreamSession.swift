import Synchronization

/// A streamed request that has not been sent yet.
final class StreamSession<Element: Sendable>: Sendable {
    typealias Channel = EventChannel<Element>

    let client: ImagesClient
    let makeRequest: @Sendable (ImagesClient) throws(ImagesAPIError) -> TransferRequest
    let makeReceiver: @Sendable (TransferRequest, Channel) -> any ResumableReceiver
    let rescue: @Sendable (Element) -> [ImagesResponse.GeneratedImage]
    /// The events of a response that an earlier purchase brought.
    let replay: @Sendable (ImagesResponse) -> [Element]
    /// What the request may cost; nil for one that makes no images.
    let price: RequestPrice?
    /// The finished image that an event brings.
    let completed: @Sendable (Element) -> ImageStream.ReceivedImage?
    private let isClaimed = Atomic(false)

    init(
        client: ImagesClient, price: RequestPrice? = nil,
        completed: @escaping @Sendable (Element) -> ImageStream.ReceivedImage? = { _ in nil },
        replay: @escaping @Sendable (ImagesResponse) -> [Element] = { _ in [] },
        rescue: @escaping @Sendable (Element) -> [ImagesResponse.GeneratedImage],
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

    /// The only reader; a second one would send, and pay for, the request again.
    func claim() -> Result<StreamReader<Element>, ImagesAPIError> {
        guard !isClaimed.exchange(true, ordering: .relaxed) else {
            return .failure(
                ImagesAPIError(
                    .invalidRequest,
                    "This stream has already been read; make a new one to send the request again."))
        }
        return .success(StreamReader(self))
    }
}

/// Sends a streamed request at the first `next` and returns its events; ends the transfer when it is released.
final class StreamReader<Element: Sendable>: Sendable {
    private struct State {
        var channel: EventChannel<Element>?
        var transfer: Transfer?
        var reservation: SpendingLedger.Reservation?
        var model: Model?
        /// The client with the key that was sent.
        var client: ImagesClient?
        var promptScrubber = SecretScrubber()
        var attempts = AttemptCounter()
        /// How many finished images have been returned, and the known part of their cost.
        var completed = 0
        var dollars: Double?
        var response: StreamResponse?
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
        // Without a transfer the stream has ended, or was never begun.
        let state = state.withLock { $0 }
        guard let transfer = state.transfer else { return }
        if let price = session.price, state.completed >= max(price.images, 1) {
            // All images are here; the rest of the response may arrive for a moment, as after the end.
            state.reservation?.record(dollars: state.dollars)
        } else {
            // Nobody will take the events in the channel, so a receiver that waits for that must be ended.
            state.channel?.cancel()
            session.client.core.loop.cancel(transfer)
            state.reservation?.record(atLeast: state.dollars ?? 0)
        }
    }

    /// The response apart from its events, once all of them have been returned.
    var response: StreamResponse? { state.withLock { $0.response } }

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
                let (clean, client) = recordFailure(error)
                do throws(ImagesAPIError) {
                    // After an event has been returned, a retry would return it, and be paid for, twice.
                    guard running == nil else { throw attempts.adding(to: clean) }
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

    /// Adds up what finished images cost, and records the sum at the end.
    private func account(for event: Element?, _ attempts: AttemptCounter) async {
        guard let event else {
            let (reservation, dollars) = state.withLock { state in
                state.isOver = true
                state.response = StreamResponse(
                    state.transfer, attempts: attempts.count, purchaseKey: purchase?.journaledKey,
                    baseURL: session.client.configuration.baseURL)
                // The rest of the response may arrive for a moment, so that its connection can be reused.
                state.transfer = nil
                return (state.reservation, state.dollars)
            }
            session.client.core.rateLimiter.succeeded()
            reservation?.record(dollars: dollars)
            await purchase?.succeeded(file: response?.spooledFile)
            return
        }
        let completed = session.completed(event)
        state.withLock { state in
            state.attempts = attempts
            guard let completed else { return }
            state.completed += 1
            let computed = state.model.flatMap { completed.usage?.dollars(model: $0) }
            if let price = completed.reportedCost ?? computed {
                state.dollars = (state.dollars ?? 0) + price
            }
        }
    }

    /// Records what a failed attempt may have cost.
    ///
    /// - Returns: the error without secrets and with the path of the spooled response, and the client of the attempt.
    private func recordFailure(_ error: ImagesAPIError) -> (ImagesAPIError, ImagesClient) {
        let state = state.withLock { $0 }
        let client = state.client ?? session.client
        var clean = state.promptScrubber.scrub(client.scrubbed(error))
        if let file = state.transfer?.spooledFile { clean.facts["spooledFile"] = file }
        if let reservation = state.reservation {
            client.core.rateLimiter.failed(clean, reservation, atLeast: state.dollars ?? 0)
        }
        return (clean, client)
    }

    /// - Parameter renewed: a client with a new key.
    private func start(_ renewed: ImagesClient?) async throws(ImagesAPIError) -> EventChannel<Element> {
        guard !Task.isCancelled else {
            throw ImagesAPIError(.cancelled, "The task was cancelled before the request was sent.")
        }
        let client = if let renewed { renewed } else { try await session.client.keyed() }
        var request = try session.makeRequest(client)
        try client.requireSpoolForJournal()
        let reservation: SpendingLedger.Reservation? =
            if let price = session.price {
                try await session.client.core.rateLimiter.enter(
                    price, timeout: session.client.configuration.timeouts.total)
            } else {
                nil
            }
        let channel = EventChannel<Element>(rescue: session.rescue)
        if let purchase, let price = session.price {
            do throws(ImagesAPIError) {
                if let saved = try await purchase.prepare(&request, responseBytes: price.responseBytes) {
                    reservation?.record(dollars: 0)
                    let response = try ImagesResponse(
                        saved: saved, limits: client.configuration.limits, baseURL: client.configuration.baseURL)
                    for event in session.replay(response) { channel.send(event) }
                    channel.finish(.success(()))
                    state.withLock { $0.channel = channel }
                    return channel
                }
            } catch {
                if let reservation { client.core.rateLimiter.failed(error, reservation) }
                throw error
            }
        }
        let receiver = session.makeReceiver(request, channel)
        let transfer: Transfer
        do throws(ImagesAPIError) {
            transfer = try client.transfer(request, to: receiver)
        } catch {
            if let reservation { client.core.rateLimiter.failed(error, reservation) }
            throw error
        }
        let loop = session.client.core.loop
        if let offloaded = transfer.receiver as? OffloadedReceiver {
            receiver.resume = { [weak offloaded] in offloaded?.unpark() }
        } else {
            receiver.resume = { [weak transfer] in if let transfer { loop.perform(.resume, of: transfer) } }
        }
        state.withLock { state in
            state.channel = channel
            state.transfer = transfer
            state.reservation = reservation
            state.model = request.model
            state.promptScrubber = request.promptScrubber
            state.client = client
        }
        loop.start(transfer)
        return channel
    }
}

/// The response of a stream apart from its events.
struct StreamResponse: Sendable {
    var head: ResponseHead
    var attempts: Int
    var spooledFile: String?
    var purchaseKey: String?

    /// - Parameters:
    ///   - transfer: nil when nothing was sent, because the response was in the journal.
    ///   - baseURL: the base URL of the server that the journaled response came from.
    init?(_ transfer: Transfer?, attempts: Int, purchaseKey: String?, baseURL: String) {
        self.purchaseKey = purchaseKey
        guard let transfer else {
            guard purchaseKey != nil else { return nil }
            head = ResponseHead(status: 200, baseURL: baseURL)
            self.attempts = 0
            return
        }
        guard let received = transfer.responseHead else { return nil }
        head = received
        self.attempts = attempts
        spooledFile = transfer.spooledFile
    }
}
