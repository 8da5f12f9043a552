#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension Purchase.DirectoryJournal {
    /// Removes entries and their responses, the oldest first, and returns what was removed; never a purchase in
    /// progress.
    ///
    /// - Parameters:
    ///   - age: removes entries older than this; nil removes none for their age.
    ///   - count: keeps at most so many entries; nil keeps all.
    ///   - states: removes entries in these states only. By default all: after an unknown entry is removed, its key can
    ///     be bought again.
    @discardableResult
    public func prune(
        olderThan age: TimeInterval? = nil, keeping count: Int? = nil,
        states: Set<Purchase.Entry.State> = [.done, .failed, .unknown]
    ) async throws -> [Purchase.Entry] {
        try await onDisk {
            let folder = SpoolFolder(directory)
            let all = try folder.entries()
            let oldest = age.map { Date(timeIntervalSinceNow: -$0) }
            let surplus = count.map { max(all.count - max($0, 0), 0) } ?? 0
            var removed: [Purchase.Entry] = []
            for (index, entry) in all.enumerated() where states.contains(entry.state) && entry.state != .underWay {
                guard index < surplus || oldest.map({ entry.purchase.time < $0 }) == true else { continue }
                if remove(entry.purchase.key) { removed.append(entry) }
            }
            if !removed.isEmpty { try folder.sync() }
            return removed
        }
    }

    /// Removes a purchase and its response, once its images are stored elsewhere; a purchase in progress is kept.
    public func discard(_ key: String) async throws {
        try await onDisk {
            _ = remove(key)
        }
    }

    private func remove(_ key: String) -> Bool {
        let path = path(of: key)
        // Locked until it is removed, so that the key is not claimed in between.
        let file = try? EntryFile(opening: path, key: key)
        defer { file?.close() }
        if let file, file.lock() == .held { return false }
        // The response first: an entry without a response says that something may have been billed, while a response
        // without an entry is harmless.
        for name in SpoolFolder(directory).allFiles(stem: Self.stem(of: key)) { unlink(name) }
        unlink(path)
        return true
    }
}
