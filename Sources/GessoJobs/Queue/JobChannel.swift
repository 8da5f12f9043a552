#if SQLite
import Synchronization

/// The events of one job that has not ended, for any number of readers.
///
/// Readers keep a position and no events of their own, so that they cost no memory; what a later event supersedes is dropped,
/// so that the events of a job stay few.
final class JobChannel: Sendable {
    private struct State {
        var events: [EditQueue.Event] = []
        var isOver = false
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var waits = 0
    }

    private let state = Mutex(State())

    func post(_ event: EditQueue.Event) {
        wake { state in
            guard !state.isOver else { return false }
            state.events.removeAll { event.supersedes($0) }
            state.events.append(event)
            state.isOver = event.isLast
            return true
        }
    }

    /// Ends the readers without an event.
    func close() {
        wake { state in
            state.isOver = true
            return true
        }
    }

    /// The first event with a larger number; nil at the end, and when the task is cancelled.
    func next(after number: Int) async -> EditQueue.Event? {
        while !Task.isCancelled {
            let (event, isOver) = state.withLock { state in
                (state.events.first { $0.number > number }, state.isOver)
            }
            if event != nil || isOver { return event }
            await wait(after: number)
        }
        return nil
    }

    private func wait(after number: Int) async {
        let wait = state.withLock { state in
            state.waits += 1
            return state.waits
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isStored = state.withLock { state in
                    guard !state.isOver, !Task.isCancelled, !state.events.contains(where: { $0.number > number }) else {
                        return false
                    }
                    state.waiting[wait] = continuation
                    return true
                }
                if !isStored { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: wait) }?.resume()
        }
    }

    private func wake(if change: (inout State) -> Bool) {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard change(&state) else { return [] }
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume() }
    }
}

/// Numbers the events of all jobs, and keeps the channel of each job that has not ended.
final class JobLog: Sendable {
    private struct State {
        var number: Int
        var channels: [String: JobChannel] = [:]
    }

    private let state: Mutex<State>

    /// - Parameter opening: how often the folder was opened; numbers of a later opening are larger.
    init(opening: Int) { state = Mutex(State(number: opening << 32)) }

    /// Makes the channel of a job that is about to be opened.
    func open(_ job: String) {
        state.withLock { state in
            if state.channels[job] == nil { state.channels[job] = JobChannel() }
        }
    }

    func channel(of job: String) -> JobChannel? { state.withLock { $0.channels[job] } }

    /// Reserves the number of an event, for a record that is made before it is posted.
    func number() -> Int {
        state.withLock { state in
            state.number += 1
            return state.number
        }
    }

    func post(_ kind: EditQueue.Event.Kind, of job: String) {
        // Numbered and posted at once: a reader that has seen a number has seen all smaller ones.
        state.withLock { state in
            state.number += 1
            state.channels[job]?.post(EditQueue.Event(number: state.number, job: job, kind: kind))
        }
    }

    /// Posts the last event of a job, or none for one that was deleted; later readers find it in the database.
    func end(_ job: String, with event: EditQueue.Event? = nil) {
        let channel = state.withLock { $0.channels.removeValue(forKey: job) }
        if let event { channel?.post(event) }
        channel?.close()
    }
}
#endif
