#if SQLite
#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension EditQueue {
    /// A step of a job.
    public struct Event: Sendable {
        /// Higher than that of every earlier event of the queue, also after its folder is opened again; less than 2^53,
        /// so that JSON numbers hold it exactly.
        public let number: Int
        /// The job's id.
        public let job: String
        /// What happened.
        public let kind: Kind

        /// What happens to a job.
        public enum Kind: Sendable {
            /// It waits for its turn.
            case queued
            /// Its inputs are decoded, and the uploads encoded.
            case preparing
            /// `sent` of the `total` bytes of its requests' bodies have been sent.
            case uploading(sent: Int, total: Int)
            /// All requests have been sent, and the responses have not arrived.
            case waiting
            /// A partial image on the model's canvas; the index counts from 0 within its request.
            case partialImage(Data, mimeType: String?, index: Int)
            /// All responses are stored; the outputs are being made.
            case finishing
            /// The outputs are stored.
            case finished(Result)
            /// The job has ended with an error.
            case failed(Failure)
            /// A request may have been billed and its response is not there: see ``EditQueue/decide(_:_:)``.
            case unknown(Failure)
        }

        /// The name of the kind, for the field `event` of server-sent events.
        public var name: String {
            switch kind {
            case .queued: "queued"
            case .preparing: "preparing"
            case .uploading: "uploading"
            case .waiting: "waiting"
            case .partialImage: "partialImage"
            case .finishing: "finishing"
            case .finished: "finished"
            case .failed: "failed"
            case .unknown: "unknown"
            }
        }

        /// Whether the job ends with this event.
        var isLast: Bool {
            switch kind {
            case .finished, .failed, .unknown: true
            default: false
            }
        }

        /// Whether readers who see this event need not see an earlier one.
        func supersedes(_ other: Event) -> Bool {
            switch (kind, other.kind) {
            case (.uploading, .uploading), (.partialImage, .partialImage): true
            // The job starts again.
            case (.queued, _): true
            default: false
            }
        }
    }

    /// The events of a job, from the first one that the reader has not seen to the last.
    public struct Events: AsyncSequence, Sendable {
        /// Reading events does not fail.
        public typealias Failure = Never

        let queue: EditQueue
        let job: String
        let after: Int

        /// Reads independently of other iterators, from the first event that the reader has not seen.
        public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(queue: queue, job: job, last: after) }

        /// Reads the events; not to be shared between tasks.
        public struct AsyncIterator: AsyncIteratorProtocol {
            /// Reading events does not fail.
            public typealias Failure = Never

            let queue: EditQueue
            let job: String
            var last: Int
            var channel: JobChannel?
            var isOver = false

            /// The next event; nil after the last one, and when the task is cancelled.
            public mutating func next() async -> Event? { await next(isolation: nil) }

            /// The next event; nil after the last one, and when the task is cancelled.
            public mutating func next(isolation actor: isolated (any Actor)?) async -> Event? {
                guard !isOver else { return nil }
                var event: Event?
                if channel == nil {
                    switch await queue.source(of: job) {
                    case .channel(let found): channel = found
                    // A reader that has seen it gets nothing more.
                    case .ended(let ending): event = ending.number > last ? ending : nil
                    case .nothing: break
                    }
                }
                if let channel { event = await channel.next(after: last) }
                isOver = event?.isLast ?? true
                last = event?.number ?? last
                return event
            }
        }
    }
}
#endif
