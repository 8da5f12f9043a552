/// Passes events from the transport's thread to one consumer, at most one ahead of it.
final class EventChannel<Element: Sendable>: Sendable {
    typealias Delivery = Result<Element?, ImagesAPIError>
    private typealias Waiter = CheckedContinuation<Delivery, Never>

    private struct State {
        var events: [Element] = []
        var end: Result<Void, ImagesAPIError>?
        var waiter: Waiter?
        /// Called when the consumer has caught up after the channel was full.
        var wake: (@Sendable () -> Void)?
        var isCancelled = false
        var dropped: [ImagesResponse.GeneratedImage] = []
    }

    private let state = Locked(State())
    /// The images of an event that the consumer will not take.
    private let rescue: @Sendable (Element) -> [ImagesResponse.GeneratedImage]

    init(rescue: @escaping @Sendable (Element) -> [ImagesResponse.GeneratedImage]) { self.rescue = rescue }

    /// Whether events wait for the consumer; if so, `wake` is called once it has taken them.
    func isFull(wake: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            guard !state.events.isEmpty, state.end == nil else { return false }
            state.wake = wake
            return true
        }
    }

    func send(_ event: Element) {
        let waiter = state.withLock { state -> Waiter? in
            guard state.end == nil else { return nil }
            guard !state.isCancelled else {
                // The consumer is gone, but the event was paid for.
                state.dropped += rescue(event)
                return nil
            }
            if let waiter = state.waiter {
                state.waiter = nil
                return waiter
            }
            state.events.append(event)
            return nil
        }
        waiter?.resume(returning: .success(event))
    }

    /// Ends the channel; the events already in it are returned first.
    func finish(_ end: Result<Void, ImagesAPIError>) {
        let (waiter, ending) = state.withLock { state -> (Waiter?, Result<Void, ImagesAPIError>) in
            guard state.end == nil else { return (nil, end) }
            var end = end
            if case .success = end, !state.dropped.isEmpty { end = .failure(Self.cancelled) }
            if case .failure(var error) = end, !state.dropped.isEmpty {
                // The receiver may have put them there already.
                error.partialImages += state.dropped.filter { !error.partialImages.contains($0) }
                end = .failure(error)
            }
            let waiter = state.waiter
            state.waiter = nil
            // An error is thrown once; after it the stream has ended.
            state.end = waiter == nil ? end : .success(())
            return (waiter, end)
        }
        waiter?.resume(returning: Self.over(ending))
    }

    /// Drops the events that the consumer has not taken, and ends the channel with the cancellation; its error contains
    /// the dropped images, since they were paid for.
    func cancel() {
        state.withLock { state in
            guard !state.isCancelled else { return }
            state.isCancelled = true
            state.dropped = state.events.flatMap(rescue)
            state.events = []
            if case .success = state.end {
                var error = Self.cancelled
                error.partialImages = state.dropped
                state.end = state.dropped.isEmpty ? state.end : .failure(error)
            }
        }
    }

    private static var cancelled: ImagesAPIError {
        ImagesAPIError(.cancelled, "The stream was cancelled.", mayHaveBeenBilled: true)
    }

    private static func over(_ end: Result<Void, ImagesAPIError>) -> Delivery {
        switch end {
        case .success: .success(nil)
        case .failure(let error): .failure(error)
        }
    }

    /// The next event; nil at the end.
    func next() async -> Delivery {
        await withCheckedContinuation { continuation in
            let (ready, wake) = state.withLock { state in
                var ready: Delivery?
                var wake: (@Sendable () -> Void)?
                if !state.events.isEmpty {
                    ready = .success(state.events.removeFirst())
                    if state.events.isEmpty {
                        wake = state.wake
                        state.wake = nil
                    }
                } else if let end = state.end {
                    ready = Self.over(end)
                    // An error is thrown once; after it the stream has ended.
                    state.end = .success(())
                } else {
                    state.waiter = continuation
                }
                return (ready, wake)
            }
            if let ready { continuation.resume(returning: ready) }
            wake?()
        }
    }
}
