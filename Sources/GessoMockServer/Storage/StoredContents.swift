import ImagesAPI
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
#else
import Darwin
#endif

/// The bytes of a stored file: in memory if they are few, else in a temporary file.
enum StoredContents: Sendable {
    case memory(Data)
    case file(TemporaryFile)

    private static let mostInMemory = 65_536

    init(_ data: Data) {
        guard data.count > Self.mostInMemory, let file = TemporaryFile(), file.append(data) else {
            self = .memory(data)
            return
        }
        self = .file(file)
    }

    var byteCount: Int {
        switch self {
        case .memory(let data): data.count
        case .file(let file): file.byteCount
        }
    }

    /// All bytes.
    var data: Data {
        switch self {
        case .memory(let data): data
        case .file(let file): file.read(at: 0, count: file.byteCount)
        }
    }

    func read(at offset: Int, count: Int) -> Data {
        switch self {
        case .memory(let data): Data(data.dropFirst(offset).prefix(count))
        case .file(let file): file.read(at: offset, count: count)
        }
    }
}

/// A file without a name, which goes away with its last reference.
final class TemporaryFile: Sendable {
    private let descriptor: Int32
    private let end = Mutex(0)

    /// Each has a descriptor, and a process often has 1,024, which connections need too.
    static let mostOpen = 256
    private static let openCount = Atomic(0)

    /// Nil if the system gives none, or so many are open.
    init?() {
        guard TemporaryFile.openCount.load(ordering: .relaxed) < TemporaryFile.mostOpen else { return nil }
        let directory = FileManager.default.temporaryDirectory.path
        guard let unnamed = PrivateMapping.unnamedFile(in: directory) else { return nil }
        descriptor = unnamed
        TemporaryFile.openCount.add(1, ordering: .relaxed)
    }

    deinit {
        close(descriptor)
        TemporaryFile.openCount.subtract(1, ordering: .relaxed)
    }

    var byteCount: Int { end.withLock { $0 } }

    /// Appends bytes; false if the disk is full.
    func append(_ data: Data) -> Bool {
        end.withLock { end in
            var written = 0
            while written < data.count {
                let count = data.withUnsafeBytes { bytes in
                    // Safe: `written` stays below the count, and the buffer outlives the call.
                    pwrite(
                        descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written, off_t(end + written))
                }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                written += count
            }
            end += written
            return true
        }
    }

    /// The bytes from `offset` on, at most `count`.
    func read(at offset: Int, count: Int) -> Data {
        var data = Data(count: max(0, min(count, byteCount - offset)))
        let size = data.count
        let taken = data.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, size, off_t(offset)) }
        return data.prefix(max(0, taken))
    }
}

/// The lines of stored contents without their line feeds, read in pieces.
struct StoredLines: Sequence, IteratorProtocol {
    private let contents: StoredContents
    private var offset = 0
    private var buffer = Data()
    private static let pieceBytes = 262_144

    init(_ contents: StoredContents) { self.contents = contents }

    mutating func next() -> Data? {
        var searched = buffer.startIndex
        while true {
            if let end = buffer[searched...].firstIndex(of: 10) {
                let line = Data(buffer[buffer.startIndex..<end])
                buffer = buffer[buffer.index(after: end)...]
                return line
            }
            let waiting = buffer.count
            let piece = contents.read(at: offset, count: Self.pieceBytes)
            offset += piece.count
            guard !piece.isEmpty else {
                defer { buffer = Data() }
                return buffer.isEmpty ? nil : Data(buffer)
            }
            buffer = Data(buffer) + piece
            searched = buffer.startIndex + waiting
        }
    }
}
