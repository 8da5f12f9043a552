import GessoPixels
import Synchronization

/// Admission by bytes: work that needs pixel memory waits until the process can afford it.
///
/// Counting tasks does not bound memory, a thumbnail and a 48-megapixel edit are both one task; so each piece of work
/// reserves the bytes its plan names, in order of arrival, and returns them when it ends.
public final class PixelBudget: Sendable {
    /// 512 MiB, at most 1,024 waiting.
    public static let shared = PixelBudget(bytes: 512 << 20)

    public let limit: Int
    public let maximumWaiters: Int

    private struct Waiter {
        let id: UInt64
        let bytes: Int
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var used = 0
        var nextID: UInt64 = 0
        var waiters: [Waiter] = []
        // Cancellations that overtook their own enqueueing: whoever comes second sees the first.
        var cancelledEarly: Set<UInt64> = []
    }

    private let state = Mutex(State())

    public init(bytes: Int, maximumWaiters: Int = 1_024) {
        limit = bytes
        self.maximumWaiters = maximumWaiters
    }

    /// Reserves `bytes` for the time `body` takes.
    ///
    /// Throws `limitExceeded` at once when the budget could never afford it, `overloaded` when too many wait already,
    /// and `cancelled` when the task is cancelled while it waits.
    public func withReservation<R: Sendable>(
        _ bytes: Int, _ body: @Sendable () async throws -> R
    ) async throws -> R {
        try await reserve(bytes)
        defer { release(bytes) }
        return try await body()
    }

    private func reserve(_ bytes: Int) async throws {
        guard bytes <= limit else {
            throw GessoError(
                .limitExceeded, stage: "budget",
                "This work needs \(bytes) bytes of pixels and the whole budget is \(limit); raise the budget or ask for "
                    + "a smaller picture.",
                facts: ["found": "\(bytes)", "allowed": "\(limit)"])
        }
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome = state.withLock { state in
                    admit(Waiter(id: id, bytes: bytes, continuation: continuation), &state)
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else {
                    state.cancelledEarly.insert(id)
                    return nil
                }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume(throwing: PixelBudget.cancelled)
        }
        _ = state.withLock { $0.cancelledEarly.remove(id) }
    }

    /// What to tell the newcomer now; nil when it has to wait. Whoever is waiting goes first, however small it is.
    private func admit(_ waiter: Waiter, _ state: inout State) -> Result<Void, any Error>? {
        if state.cancelledEarly.remove(waiter.id) != nil { return .failure(PixelBudget.cancelled) }
        if state.waiters.isEmpty, state.used + waiter.bytes <= limit {
            state.used += waiter.bytes
            return .success(())
        }
        guard state.waiters.count < maximumWaiters else {
            return .failure(
                GessoError(
                    .overloaded, stage: "budget",
                    "\(maximumWaiters) pieces of work already wait for pixel memory; try again later or shed load.",
                    facts: ["allowed": "\(maximumWaiters)"]))
        }
        state.waiters.append(waiter)
        return nil
    }

    private func release(_ bytes: Int) {
        let admitted = state.withLock { state -> [Waiter] in
            state.used -= bytes
            var admitted: [Waiter] = []
            while let first = state.waiters.first, state.used + first.bytes <= limit {
                state.used += first.bytes
                admitted.append(state.waiters.removeFirst())
            }
            return admitted
        }
        for waiter in admitted { waiter.continuation.resume() }
    }

    private static let cancelled = GessoError(
        .cancelled, stage: "budget", "The task was cancelled while it waited for pixel memory.")
}
