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

/// Writes a file of lines that may be longer than memory; it gets its name once it is whole.
final class LineWriter: Sendable {
    private struct State {
        var buffer = Data()
        var hash = SHA256()
        var byteCount = 0
    }

    private let path: String
    private let descriptor: Int32
    private let state = Mutex(State())
    private static let pieceBytes = 65_536

    /// Begins a file beside `path`.
    init(_ path: String) throws(GessoError) {
        self.path = path
        descriptor = open("\(path).tmp", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw LineWriter.failure(path) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    var byteCount: Int { state.withLock { $0.byteCount } }

    /// Adds a line, which has no line feed yet.
    func append(_ line: Data) throws(GessoError) {
        try state.withLock { state throws(GessoError) in
            line.withUnsafeBytes { state.hash.update($0) }
            state.hash.update("\n")
            state.buffer.append(line)
            state.buffer.append(10)
            state.byteCount += line.count + 1
            if state.buffer.count >= Self.pieceBytes { try flush(&state) }
        }
    }

    /// Writes what is buffered, so that a process that goes on after a kill finds it.
    func flush() throws(GessoError) { try state.withLock { state throws(GessoError) in try flush(&state) } }

    private func flush(_ state: inout State) throws(GessoError) {
        var written = 0
        while written < state.buffer.count {
            let count = state.buffer.withUnsafeBytes { bytes in
                // Safe: `written` stays below the count, and the buffer outlives the call.
                write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw LineWriter.failure(path) }
            written += count
        }
        state.buffer.removeAll(keepingCapacity: true)
    }

    /// Syncs the file and gives it its name; returns the SHA-256 of its bytes.
    @discardableResult
    func commit() throws(GessoError) -> String {
        try state.withLock { state throws(GessoError) in
            try flush(&state)
            guard fsync(descriptor) == 0 || errno == EINVAL || errno == EOPNOTSUPP, rename("\(path).tmp", path) == 0
            else { throw LineWriter.failure(path) }
            return state.hash.hexadecimal
        }
    }

    private static func failure(_ path: String) -> GessoError {
        GessoError(
            .fileNotWritable, stage: "batch",
            "\(path) cannot be written: \(String(cString: strerror(errno))); make room, or choose another --run.",
            facts: ["path": path, "errno": "\(errno)"])
    }
}

/// Reads a file line by line, with the place of each.
final class LineReader: Sendable {
    private struct State {
        var frames: FrameReader
        var offset = 0
    }

    private let file: OpenFile
    private let state: Mutex<State>

    /// The longest line: a job with its mask in it.
    private static let lineLimit = 256 << 20

    init(_ path: String) throws(GessoError) {
        let file = try OpenFile(path)
        self.file = file
        state = Mutex(
            State(
                frames: FrameReader(lineLimit: LineReader.lineLimit) { buffer in
                    while true {
                        let count = read(file.descriptor, buffer.baseAddress, buffer.count)
                        if count >= 0 { return .success(count) }
                        if errno != EINTR { return .failure(OpenFile.failure(path)) }
                    }
                }))
    }

    /// The next line and where it lies; nil at the end.
    func next() throws(GessoError) -> (line: Data, place: AppendLog.Place)? {
        try state.withLock { state throws(GessoError) in
            guard let line = try state.frames.line() else { return nil }
            let place = AppendLog.Place(offset: state.offset, count: line.count)
            state.offset += line.count + 1
            return (line, place)
        }
    }

    /// The line at a place that ``next()`` gave.
    func line(at place: AppendLog.Place) throws(GessoError) -> Data {
        var line = Data(count: place.count)
        let count = line.withUnsafeMutableBytes {
            pread(file.descriptor, $0.baseAddress, $0.count, off_t(place.offset))
        }
        guard count == place.count else { throw OpenFile.failure(file.path) }
        return line
    }
}

private final class OpenFile: Sendable {
    let path: String
    let descriptor: Int32

    init(_ path: String) throws(GessoError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw OpenFile.failure(path) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    static func failure(_ path: String) -> GessoError {
        GessoError(
            errno == ENOENT ? .fileNotFound : .fileNotReadable, stage: "batch",
            "\(path) cannot be read: \(String(cString: strerror(errno))).", facts: ["path": path])
    }
}
