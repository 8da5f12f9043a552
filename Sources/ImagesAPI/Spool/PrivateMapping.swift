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

/// Maps a copy of a file that has no name.
///
/// Memory mapped from a file becomes invalid when the file is truncated, and reading it then ends the process with
/// SIGBUS. A file without a name cannot be opened by other processes, so it cannot be truncated. The system frees it
/// with the mapping.
package enum PrivateMapping {
    private static let pieceBytes = 64 * 1_024

    /// The first `count` bytes of the file behind `descriptor`, copied to a file without a name in `directory`; nil when
    /// the disk or the address space has no room for them.
    static func copy(of descriptor: Int32, count: Int, in directory: String) -> Data? {
        guard count > 0, let copy = unnamedFile(in: directory) else { return nil }
        defer { close(copy) }
        guard transfer(count, from: descriptor, to: copy),
            let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, copy, 0), start != MAP_FAILED
        else { return nil }
        return Data(bytesNoCopy: start, count: count, deallocator: .custom { munmap($0, $1) })
    }

    /// Opens a file without a name, which goes away with its descriptor; nil if the system gives none.
    package static func unnamedFile(in directory: String) -> Int32? {
        #if os(Linux)
        // O_TMPFILE (open(2)), which Swift does not import; with O_EXCL the file can never be given a name.
        let unnamed = open(directory, 0o20_000_000 | O_DIRECTORY | O_RDWR | O_EXCL | O_CLOEXEC, 0o600)
        if unnamed >= 0 { return unnamed }
        #endif
        // File systems without O_TMPFILE: the name exists for a moment only.
        var generator = SystemRandomNumberGenerator()
        let name = "\(directory)/gesso-\(String(generator.next(), radix: 16)).tmp"
        let named = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard named >= 0 else { return nil }
        guard unlink(name) == 0 else {
            close(named)
            return nil
        }
        return named
    }

    private static func transfer(_ count: Int, from source: Int32, to target: Int32) -> Bool {
        var piece = [UInt8](repeating: 0, count: min(count, pieceBytes))
        var done = 0
        while done < count {
            let wanted = min(piece.count, count - done)
            let taken = piece.withUnsafeMutableBytes { pread(source, $0.baseAddress, wanted, off_t(done)) }
            if taken < 0, errno == EINTR { continue }
            guard taken > 0 else { return false }
            var written = 0
            while written < taken {
                let result = piece.withUnsafeBytes { bytes in
                    pwrite(
                        target, bytes.baseAddress.map { $0 + written }, taken - written, off_t(done + written))
                }
                if result < 0, errno == EINTR { continue }
                guard result > 0 else { return false }
                written += result
            }
            done += taken
        }
        return true
    }
}
