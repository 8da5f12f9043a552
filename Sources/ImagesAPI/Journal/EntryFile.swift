#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One entry of a directory journal: lines of JSON that are only appended, so that a crash can truncate or lose the
/// last line but not change earlier ones.
struct EntryFile: Sendable {
    enum Lock {
        case taken
        /// Held by another process, or by another claim of this one.
        case held
        /// The file system has no locks.
        case unsupported
    }

    /// What the lines contain.
    struct Contents {
        var purchase: Purchase
        var outcome: Outcome?
    }

    /// The line that ends a purchase.
    struct Outcome: Codable {
        var outcome: String
        var reason: String?
        var isFailed: Bool { outcome == "failed" }
    }

    /// Entries have some hundred bytes; longer files are not entries.
    private static let largest = 65_536

    private let path: String
    private let descriptor: OwnedDescriptor

    /// Makes the file; nil when there is one already.
    init?(creating path: String) throws(ImagesAPIError) {
        let opened = open(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if opened < 0, errno == EEXIST { return nil }
        guard opened >= 0 else { throw Self.failure("create", path) }
        self.path = path
        descriptor = OwnedDescriptor(opened)
    }

    init(opening path: String, key: String) throws(ImagesAPIError) {
        let opened = open(path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW)
        if opened < 0, errno == ENOENT {
            throw ImagesAPIError(
                .notFound, "The purchase \(key) is not in the journal; list it to see the keys.",
                facts: ["purchaseKey": key])
        }
        guard opened >= 0 else { throw Self.failure("open", path) }
        self.path = path
        descriptor = OwnedDescriptor(opened)
    }

    /// Takes the lock that shows a live owner, or finds that there is one.
    func lock() -> Lock {
        // Listing the directory holds each lock for a moment; owners hold theirs for as long as a request takes.
        for _ in 0..<50 {
            let result = attempt(LOCK_EX)
            guard result == .held else { return result }
            usleep(1_000)
        }
        return .held
    }

    /// Whether a live owner holds the lock.
    var isHeld: Bool {
        guard attempt(LOCK_SH) != .held else { return true }
        flock(descriptor.number, LOCK_UN)
        return false
    }

    private func attempt(_ kind: Int32) -> Lock {
        while flock(descriptor.number, kind | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            return errno == EWOULDBLOCK ? .held : .unsupported
        }
        return .taken
    }

    /// Whether the name still refers to this file, since another process may have removed it.
    var isCurrent: Bool {
        var (named, open) = (stat(), stat())
        return lstat(path, &named) == 0 && fstat(descriptor.number, &open) == 0 && named.st_ino == open.st_ino
            && named.st_dev == open.st_dev
    }

    /// The content of the complete lines; nil without a complete claim.
    func read() -> Contents? {
        var bytes = [UInt8](repeating: 0, count: Self.largest)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor.number, $0.baseAddress, $0.count, 0) }
        guard count > 0 else { return nil }
        var contents: Contents?
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .secondsSince1970
        var lines = bytes[..<count].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        lines.removeLast()
        for line in lines {
            let data = Data(line)
            if let purchase = try? decoder.decode(Purchase.self, from: data) {
                contents = Contents(purchase: purchase)
            } else if let outcome = try? decoder.decode(Outcome.self, from: data) {
                contents?.outcome = outcome
            }
        }
        return contents
    }

    func append(_ purchase: Purchase) throws(ImagesAPIError) { try append(encoding: purchase) }

    func append(_ outcome: Purchase.Outcome) throws(ImagesAPIError) {
        let line =
            switch outcome {
            case .done: Outcome(outcome: "done")
            case .failed(let reason): Outcome(outcome: "failed", reason: SanitizedText.sanitized(reason, limit: 128))
            case .unknown(let reason): Outcome(outcome: "unknown", reason: SanitizedText.sanitized(reason, limit: 128))
            }
        try append(encoding: line)
    }

    private func append(encoding value: some Encodable) throws(ImagesAPIError) {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .secondsSince1970
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(value) else { throw Self.failure("write", path) }
        // This line must not continue one that a full disk or a crash has truncated.
        let bytes = (isAtLineStart ? [] : [UInt8(ascii: "\n")]) + json + [UInt8(ascii: "\n")]
        let written = bytes.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
                let count = write(descriptor.number, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                offset += count
            }
            return true
        }
        guard written else { throw Self.failure("write", path) }
    }

    private var isAtLineStart: Bool {
        let end = lseek(descriptor.number, 0, SEEK_END)
        var last: UInt8 = 0
        return end <= 0 || pread(descriptor.number, &last, 1, end - 1) != 1 || last == UInt8(ascii: "\n")
    }

    func sync() throws(ImagesAPIError) {
        guard fsync(descriptor.number) == 0 else { throw Self.failure("sync", path) }
    }

    func remove() { unlink(path) }

    /// Releases the lock; otherwise the last copy does.
    func close() { descriptor.close() }

    private static func failure(_ action: String, _ path: String) -> ImagesAPIError {
        let number = errno
        let directory = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        return Purchase.DirectoryJournal.refused(
            directory, "cannot \(action) an entry there (\(String(cString: strerror(number))))",
            facts: ["errno": "\(number)"])
    }
}

/// A file descriptor that is closed once, explicitly or with the last reference.
final class OwnedDescriptor: Sendable {
    let number: Int32
    private let isClosed = Locked(false)

    init(_ number: Int32) { self.number = number }

    func close() {
        let isFirst = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return !isClosed
        }
        if isFirst { closeDescriptor(number) }
    }

    deinit { close() }
}

// Within the type the name refers to its method.
private func closeDescriptor(_ number: Int32) { _ = close(number) }
