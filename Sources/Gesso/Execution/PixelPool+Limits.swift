public import GessoPixels
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension PixelPool {
    /// How much ``PixelBudget/shared`` admits and how many threads ``PixelPool/shared`` has.
    ///
    /// ``PixelPool/configure(pixelBudget:threads:)`` says where they come from.
    package struct Limits: Sendable, Hashable {
        /// Bytes that ``PixelBudget/shared`` admits at a time.
        package let pixelBudget: Int
        /// What the budget was taken from, for people to read.
        package let pixelBudgetSource: String
        /// Threads of ``PixelPool/shared``.
        package let threads: Int
        /// What the number of threads was taken from, for people to read.
        package let threadsSource: String

        /// What can be set: 1 MiB to 2^62 - 1 bytes, and 1 to 1,024 threads.
        static let pixelBudgets = 1 << 20...(1 << 62) - 1
        static let threadCounts = 1...1_024

        /// What the program asked for, 0 where it did not, and whether it is too late to ask.
        fileprivate struct Requested {
            var pixelBudget = 0
            var threads = 0
            var isFixed = false
        }

        fileprivate static let requested = Mutex(Requested())

        // Not in the mutex: the optimizer of Swift 6.3 makes an optional result in a global mutex one that is there.
        private static let limits: Result<Limits, GessoError> = {
            let (pixelBudget, threads) = requested.withLock { ($0.pixelBudget, $0.threads) }
            return Result { () throws(GessoError) in
                try Limits(
                    pixelBudget: pixelBudget == 0 ? nil : pixelBudget, threads: threads == 0 ? nil : threads,
                    environment: ProcessInfo.processInfo.environment, machine: .current)
            }
        }()

        /// The limits of this process, fixed by the first call, or by the first use of the shared budget or pool.
        ///
        /// Throws `GessoError` with `invalidParameter` when an environment variable cannot be read; the shared budget and pool
        /// refuse all work with the same error then.
        package static func current() throws(GessoError) -> Limits { try resolved().get() }

        static func resolved() -> Result<Limits, GessoError> {
            requested.withLock { $0.isFixed = true }
            return limits
        }

        /// The limits that follow from settings, environment and machine.
        init(pixelBudget: Int? = nil, threads: Int? = nil, environment: [String: String], machine: Machine)
            throws(GessoError)
        {
            if let pixelBudget {
                (self.pixelBudget, pixelBudgetSource) = (pixelBudget, "set by the program")
            } else if let text = environment["GESSO_PIXEL_BUDGET"], !text.isEmpty {
                self.pixelBudget = try Self.pixelBudget(text, from: "GESSO_PIXEL_BUDGET")
                pixelBudgetSource = "GESSO_PIXEL_BUDGET"
            } else {
                let (bytes, source) = machine.memoryLimit
                self.pixelBudget = min(max(bytes / 4, 256 << 20), 4 << 30)
                pixelBudgetSource = "a quarter of \(bytes >> 20) MiB (\(source)), within 256 MiB and 4 GiB"
            }
            if let threads {
                (self.threads, threadsSource) = (threads, "set by the program")
            } else if let text = environment["GESSO_THREADS"], !text.isEmpty {
                self.threads = try Self.threadCount(text, from: "GESSO_THREADS")
                threadsSource = "GESSO_THREADS"
            } else {
                (self.threads, threadsSource) = machine.coreLimit
            }
        }
    }
}

extension PixelPool {
    /// Sets what ``PixelBudget/shared`` and ``shared`` are made from: bytes, 1 MiB or more, and threads, 1 to 1,024; what is
    /// nil stays.
    ///
    /// Counts before the environment variables `GESSO_PIXEL_BUDGET` and `GESSO_THREADS`. Those count before what the process
    /// may use: a quarter of its memory within 256 MiB and 4 GiB, where memory is the least of the machine's, `memory.max` of
    /// its control group and of all groups above it, and the limit on address space; and as many threads as cores, where
    /// `cpu.max` of the same groups counts, rounded up.
    ///
    /// Call it when the program starts. Throws `GessoError` with `invalidParameter` for values out of range, and when the
    /// shared budget or pool has been used already.
    public static func configure(pixelBudget: Int? = nil, threads: Int? = nil) throws(GessoError) {
        if let pixelBudget { try Limits.check(pixelBudget, Limits.pixelBudgets, "The pixel budget", "\(pixelBudget)") }
        if let threads { try Limits.check(threads, Limits.threadCounts, "The number of threads", "\(threads)") }
        let isInTime = Limits.requested.withLock { requested in
            guard !requested.isFixed else { return false }
            requested.pixelBudget = pixelBudget ?? requested.pixelBudget
            requested.threads = threads ?? requested.threads
            return true
        }
        guard isInTime else {
            throw GessoError(
                .invalidParameter, stage: "execution",
                "The shared pixel budget and pool are in use already; call PixelPool.configure when the program "
                    + "starts, or make a PixelBudget of your own.")
        }
    }
}

extension PixelPool.Limits {
    /// Reads bytes, as a plain number or with KiB, MiB or GiB; `name` is the option or variable that held the text.
    package static func pixelBudget(_ text: String, from name: String) throws(GessoError) -> Int {
        let units = [("kib", 10), ("mib", 20), ("gib", 30)]
        let lower = text.lowercased()
        let unit = units.first { lower.hasSuffix($0.0) }
        let digits = lower.dropLast(unit?.0.count ?? 0)
        guard let number = decimal(digits) else {
            throw unreadable(text, name, "a number of bytes, or one with KiB, MiB or GiB, such as 512MiB")
        }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << (unit?.1 ?? 0))
        try check(overflow ? .max : bytes, pixelBudgets, name, text)
        return bytes
    }

    /// Reads a number of threads; `name` is the option or variable that held the text.
    package static func threadCount(_ text: String, from name: String) throws(GessoError) -> Int {
        guard let number = decimal(Substring(text)) else { throw unreadable(text, name, "a number of threads") }
        try check(number, threadCounts, name, text)
        return number
    }

    static func check(_ value: Int, _ range: ClosedRange<Int>, _ name: String, _ found: String) throws(GessoError) {
        guard range.contains(value) else {
            throw GessoError(
                .invalidParameter, stage: "execution",
                "\(name) must be from \(range.lowerBound) to \(range.upperBound); got \(shown(found)).",
                facts: ["found": shown(found), "allowed": "\(range.lowerBound)...\(range.upperBound)"])
        }
    }

    private static func unreadable(_ text: String, _ name: String, _ expected: String) -> GessoError {
        GessoError(
            .invalidParameter, stage: "execution", "\(name) takes \(expected); got \"\(shown(text))\".",
            facts: ["found": shown(text), "allowed": expected])
    }

    /// Digits alone; a number too large for `Int` becomes the largest one, which no range contains.
    private static func decimal(_ digits: Substring) -> Int? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int(digits) ?? .max
    }

    private static func shown(_ text: String) -> String {
        String(text.prefix(40).map { $0.isASCII && !$0.isNewline ? $0 : "?" })
    }
}
