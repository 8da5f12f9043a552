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

// Within the type these names refer to its methods.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}

private func systemClose(_ descriptor: Int32) -> Int32 { close(descriptor) }

/// Writes a file that is readable by its owner only, and that has its final name only when it is complete and synced.
///
/// A failing disk never fails the request, since the response was paid for and may still reach its caller.
struct AtomicFileWriter {
    let directory: String
    private let name: String
    var partial: String { name + ".part" }
    private var descriptor: Int32
    /// The directory, opened in advance, so that syncing needs no further descriptor.
    private var folder: Int32
    /// Why it could not be made (errno.h).
    private(set) var errorNumber: Int32 = 0
    /// Whether all bytes so far have been written.
    private(set) var isSound: Bool

    init(directory: String) {
        var generator = SystemRandomNumberGenerator()
        var seconds = timespec()
        clock_gettime(CLOCK_REALTIME, &seconds)
        self.init(named: "\(directory)/gesso-\(seconds.tv_sec)-\(String(generator.next(), radix: 16))")
    }

    /// - Parameter name: the path without the ending.
    init(named name: String) {
        directory =
            switch name.lastIndex(of: "/") {
            case nil: "."
            case name.startIndex: "/"
            case let slash?: String(name[..<slash])
            }
        self.name = name
        descriptor = -1
        folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 { descriptor = open(name + ".part", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600) }
        isSound = descriptor >= 0
        guard !isSound else { return }
        errorNumber = errno
        closeFolder()
    }

    mutating func write(_ bytes: UnsafeRawBufferPointer) {
        guard isSound else { return }
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest)
            let count = systemWrite(descriptor, piece.baseAddress, piece.count)
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                isSound = false
                return
            }
        }
    }

    /// Syncs the file and returns its name; nil if that failed. The written bytes stay in the `.part` file, or under
    /// the final name if only the directory could not be synced.
    ///
    /// - Parameter isWhole: whether the file is complete; if not, it is synced but stays `.part`.
    mutating func close(fileExtension: String, isWhole: Bool = true) -> String? {
        guard descriptor >= 0 else { return nil }
        let final = isWhole ? "\(name).\(fileExtension)" : partial
        defer {
            descriptor = -1
            closeFolder()
        }
        isSound = isSound && fsync(descriptor) == 0
        let closed = systemClose(descriptor)
        guard isSound, closed == 0, !isWhole || rename(partial, final) == 0 else { return nil }
        // The name must survive a crash too. File systems that cannot sync a directory return EINVAL.
        guard fsync(folder) == 0 || errno == EINVAL else { return nil }
        return final
    }

    private mutating func closeFolder() {
        if folder >= 0 { _ = systemClose(folder) }
        folder = -1
    }

    /// The bytes that have been written from `start` on, up to `count` of them.
    func read(_ count: Int, from start: Int = 0, into buffer: UnsafeMutableRawPointer) -> Int {
        var taken = 0
        while taken < count {
            let piece = pread(descriptor, buffer + taken, count - taken, off_t(start + taken))
            if piece < 0, errno == EINTR { continue }
            guard piece > 0 else { break }
            taken += piece
        }
        return taken
    }

    /// The first `count` bytes, mapped from a copy without a name; nil when there is no room for one.
    func mappedCopy(_ count: Int) -> Data? {
        descriptor >= 0 ? PrivateMapping.copy(of: descriptor, count: count, in: directory) : nil
    }

    /// Removes what was written.
    mutating func discard() {
        guard descriptor >= 0 else { return }
        _ = systemClose(descriptor)
        descriptor = -1
        closeFolder()
        unlink(partial)
    }
}
