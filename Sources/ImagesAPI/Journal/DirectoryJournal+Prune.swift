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

extension DirectoryJournal {
    /// Removes entries and their responses, the oldest first, and returns what was removed; never one that is under way.
    ///
    /// - Parameters:
    ///   - age: removes entries older than this; nil removes none for their age.
    ///   - count: keeps at most so many entries; nil keeps all.
    ///   - states: removes entries in these states only. By default all: a removed entry that was unknown is no longer
    ///     known to anybody, and its key may be bought again.
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

    /// Removes a purchase and its response, once the images in it are safe elsewhere; nothing happens to one under way.
    public func discard(_ key: String) async throws {
        try await onDisk {
            _ = remove(key)
        }
    }

    private func remove(_ key: String) -> Bool {
        let path = path(of: key)
        // Locked while it goes: nobody claims the key in between.
        let file = try? EntryFile(opening: path, key: key)
        defer { file?.close() }
        if let file, file.lock() == .held { return false }
        // The response first: an entry without one says that something may have been billed, a response without an entry
        // says nothing wrong.
        for name in SpoolFolder(directory).allFiles(stem: Self.stem(of: key)) { unlink(name) }
        unlink(path)
        return true
    }
}
