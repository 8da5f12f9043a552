/// Works on the elements of a sequence, several at a time, and gives the results in the order of the elements.
///
/// Pulls no element before there is room for it, so a source that waits for its consumer waits for this work. Whatever runs
/// is cancelled with the iterator.
struct OrderedTasks<Base: AsyncSequence & Sendable, Output: Sendable>: AsyncSequence, Sendable
where Base.Element: Sendable {
    typealias Element = Output

    let base: Base
    let width: Int
    let work: @Sendable (Base.Element) async throws -> Output

    init(_ base: Base, width: Int, _ work: @escaping @Sendable (Base.Element) async throws -> Output) {
        (self.base, self.width, self.work) = (base, Swift.max(1, width), work)
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: base.makeAsyncIterator(), width: width, work: work)
    }

    /// Tasks that are cancelled when nobody waits for them any longer.
    private final class Running {
        var tasks: [Task<Output, any Error>] = []
        deinit { for task in tasks { task.cancel() } }
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        private var base: Base.AsyncIterator
        private let width: Int
        private let work: @Sendable (Base.Element) async throws -> Output
        private let running = Running()
        private var isAtEnd = false

        init(
            base: Base.AsyncIterator, width: Int, work: @escaping @Sendable (Base.Element) async throws -> Output
        ) {
            (self.base, self.width, self.work) = (base, width, work)
        }

        mutating func next() async throws -> Output? {
            while !isAtEnd, running.tasks.count < width {
                guard let element = try await base.next() else {
                    isAtEnd = true
                    break
                }
                let work = work
                running.tasks.append(Task { try await work(element) })
            }
            guard !running.tasks.isEmpty else { return nil }
            let first = running.tasks.removeFirst()
            return try await withTaskCancellationHandler {
                try await first.value
            } onCancel: {
                first.cancel()
            }
        }
    }
}
