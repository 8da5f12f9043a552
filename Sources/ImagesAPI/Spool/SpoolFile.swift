#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A raw answer on disk, readable by its owner only; it has its final name only when it is whole and safe there.
///
/// Trouble with the disk never fails the request: the answer was paid for and may still reach its caller.
struct SpoolFile {
    private let directory: String
    private let partial: String
    private let final: String
    private var descriptor: Int32
    private var isSound: Bool

    init(directory: String, isEventStream: Bool) {
        self.directory = directory
        var generator = SystemRandomNumberGenerator()
        var seconds = timespec()
        clock_gettime(CLOCK_REALTIME, &seconds)
        let name = "\(directory)/gesso-\(seconds.tv_sec)-\(String(generator.next(), radix: 16))"
        partial = name + ".part"
        final = name + (isEventStream ? ".sse" : ".json")
        descriptor = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        isSound = descriptor >= 0
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        guard isSound else { return }
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest)
            #if canImport(Glibc)
            let count = Glibc.write(descriptor, piece.baseAddress, piece.count)
            #elseif canImport(Musl)
            let count = Musl.write(descriptor, piece.baseAddress, piece.count)
            #else
            let count = Darwin.write(descriptor, piece.baseAddress, piece.count)
            #endif
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                isSound = false
                return
            }
        }
    }

    /// Brings the file to disk and gives its name; nil when that failed. What was written of it stays, as `.part`.
    mutating func close() -> String? {
        guard descriptor >= 0 else { return nil }
        defer { descriptor = -1 }
        isSound = isSound && fsync(descriptor) == 0
        #if canImport(Glibc)
        let closed = Glibc.close(descriptor)
        #elseif canImport(Musl)
        let closed = Musl.close(descriptor)
        #else
        let closed = Darwin.close(descriptor)
        #endif
        guard isSound, closed == 0, rename(partial, final) == 0 else { return nil }
        // The name itself must survive a crash too.
        let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            #if canImport(Glibc)
            _ = Glibc.close(folder)
            #elseif canImport(Musl)
            _ = Musl.close(folder)
            #else
            _ = Darwin.close(folder)
            #endif
        }
        return final
    }
}
