import Gesso
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Lines of JSON that are only appended: a crash can lose the last one and change no earlier one.
final class AppendLog: Sendable {
    /// Where a line lies in the file, without its line feed.
    struct Place: Sendable {
        let offset: Int
        let count: Int
    }

    private let path: String
    private let descriptor: Int32
    private let end: Mutex<Int>

    /// Opens or makes the file, and removes what a killed process has left of a last line.
    init(_ path: String) throws(GessoError) {
        self.path = path
        end = Mutex(0)
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw AppendLog.failure("opened", path) }
        let whole = try AppendLog.wholeBytes(descriptor, path)
        guard ftruncate(descriptor, off_t(whole)) == 0 else { throw AppendLog.failure("truncated", path) }
        end.withLock { $0 = whole }
        if whole == 0 { AppendLog.syncDirectory(of: path) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Appends a line in one write; synced, it survives a power failure.
    @discardableResult
    func append(_ value: some Encodable, synced: Bool) throws(GessoError) -> Place {
        var line = try LineCoding.encode(value)
        line.append(10)
        return try end.withLock { end throws(GessoError) in
            let place = Place(offset: end, count: line.count - 1)
            var written = 0
            while written < line.count {
                let count = line.withUnsafeBytes { bytes in
                    // Safe: `written` stays below the count, and the buffer outlives the call.
                    pwrite(
                        descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written, off_t(end + written))
                }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw AppendLog.failure("written", path) }
                written += count
            }
            end += line.count
            if synced { try sync() }
            return place
        }
    }

    /// Makes the lines so far survive a power failure.
    func sync() throws(GessoError) {
        guard fsync(descriptor) == 0 || errno == EINVAL || errno == EOPNOTSUPP else {
            throw AppendLog.failure("saved", path)
        }
    }

    func line(at place: Place) throws(GessoError) -> Data {
        var line = Data(count: place.count)
        let count = line.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(place.offset)) }
        guard count == place.count else { throw AppendLog.failure("read", path) }
        return line
    }

    /// The bytes up to the last line feed. Throws where the file cannot be read, since the rest is removed.
    private static func wholeBytes(_ descriptor: Int32, _ path: String) throws(GessoError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("read", path) }
        var end = Int(status.st_size)
        var piece = [UInt8](repeating: 0, count: 65_536)
        while end > 0 {
            let start = max(0, end - piece.count)
            let count = piece.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, end - start, off_t(start)) }
            if count < 0, errno == EINTR { continue }
            guard count == end - start else { throw failure("read", path) }
            if let index = piece[..<count].lastIndex(of: 10) { return start + index + 1 }
            end = start
        }
        return 0
    }

    /// Makes the name of a new file survive a power failure, where the file system can do that.
    private static func syncDirectory(of path: String) {
        let folder = open(URL(filePath: path).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    private static func failure(_ action: String, _ path: String) -> GessoError {
        GessoError(
            .fileNotWritable, stage: "batch",
            "\(path) cannot be \(action): \(String(cString: strerror(errno))); make room, and run the command again.",
            facts: ["path": path, "errno": "\(errno)"])
    }
}

/// JSON in one line, the same for equal values.
enum LineCoding {
    static func encode(_ value: some Encodable) throws(GessoError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return try encoder.encode(value) } catch {
            throw GessoError(
                .invalidParameter, stage: "batch", "A job cannot be written as JSON: \(type(of: error)).")
        }
    }
}
