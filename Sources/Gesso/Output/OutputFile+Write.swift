package import GessoPixels

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension OutputFile {
    /// Writes the whole file, making the directory if it is missing.
    ///
    /// Written to a file without a name first, or a hidden neighbor where the file system has none such (O_TMPFILE),
    /// synced, then linked under its name: after a crash at any moment the name is absent, old or complete. Where the file
    /// system has no hard links, an empty file claims the name, which the finished one replaces.
    ///
    /// Throws `fileExists` when there is one and `overwrites` is false, `fileNotWritable` for anything the system
    /// refuses. Nothing is left behind then, unless the error says that the file was written. With `isPrivate` only its
    /// owner can read it.
    package func write(_ data: Data, overwrites: Bool = false, isPrivate: Bool = false) throws(GessoError) {
        let mode: mode_t = isPrivate ? 0o600 : 0o644
        try check(overwrites: overwrites)
        switch target {
        case .descriptor(let descriptor): return try writeAll(data, to: descriptor, isStream: true)
        case .stream: return try writeIntoStream(data)
        default: break
        }
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw GessoError(
                .fileNotWritable, stage: "write",
                "The directory \(directory) cannot be made; check that the path is one and that you may write there.",
                facts: ["path": directory])
        }
        let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failure("open the directory of", errno) }
        defer { close(folder) }
        let hidden = ".gesso-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        var isHidden = false
        defer { if isHidden { unlinkat(folder, hidden, 0) } }
        let isPublished = try writeUnnamed(data, in: folder, mode, linkingAs: overwrites ? hidden : name)
        if isPublished {
            isHidden = overwrites
        } else {
            try writeHidden(data, in: folder, hidden, mode)
            isHidden = true
        }
        if isHidden, overwrites {
            guard renameat(folder, hidden, folder, name) == 0 else { throw failure("replace", errno) }
            isHidden = false
        } else if isHidden, linkat(folder, hidden, folder, name, 0) != 0 {
            let number = errno
            guard number != EEXIST else { throw exists }
            guard Self.meansNoLinks(number) else { throw failure("publish", number) }
            try claimName(in: folder, mode)
            guard renameat(folder, hidden, folder, name) == 0 else {
                let number = errno
                unlinkat(folder, name, 0)
                throw failure("publish", number)
            }
            isHidden = false
        }
        guard fsync(folder) == 0 || Self.meansNoSync(errno) else {
            throw failure(
                "save the directory of", errno, "the file was written, but it may be gone after a power failure")
        }
    }

    /// Writes a file that goes away with the process unless it is linked, and links it as `target`.
    ///
    /// Returns false where the file system has no such files or no hard links.
    private func writeUnnamed(
        _ data: Data, in folder: Int32, _ mode: mode_t, linkingAs target: String
    ) throws(GessoError) -> Bool {
        #if os(Linux)
        // Linking goes through /proc (open(2)), which is looked for before anything is written.
        guard access("/proc/self/fd", F_OK) == 0 else { return false }
        // O_TMPFILE, which Swift does not import.
        let file = openat(folder, ".", 0o20_000_000 | O_DIRECTORY | O_WRONLY | O_CLOEXEC, mode)
        guard file >= 0 else { return false }
        defer { close(file) }
        try save(data, to: file)
        if linkat(AT_FDCWD, "/proc/self/fd/\(file)", folder, target, AT_SYMLINK_FOLLOW) == 0 { return true }
        let number = errno
        if number == EEXIST { throw exists }
        guard Self.meansNoLinks(number) else { throw failure("publish", number) }
        #endif
        return false
    }

    private func writeHidden(
        _ data: Data, in folder: Int32, _ hidden: String, _ mode: mode_t
    ) throws(GessoError) {
        let file = openat(folder, hidden, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard file >= 0 else { throw failure("create", errno) }
        defer { close(file) }
        do {
            try save(data, to: file)
        } catch {
            unlinkat(folder, hidden, 0)
            throw error
        }
    }

    /// Makes an empty file of the name, which nobody else can make then.
    private func claimName(in folder: Int32, _ mode: mode_t) throws(GessoError) {
        let file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard file >= 0 else {
            if errno == EEXIST { throw exists }
            throw failure("publish", errno)
        }
        close(file)
    }

    /// Whether an error of `linkat` says that the file system has no hard links, or that they are not allowed.
    private static func meansNoLinks(_ number: Int32) -> Bool {
        [EPERM, EOPNOTSUPP, ENOSYS, EMLINK, EXDEV, EINVAL, EACCES, ENOENT].contains(number)
    }

    /// Whether an error of `fsync` says that the file system cannot do it, and not that it failed.
    private static func meansNoSync(_ number: Int32) -> Bool { [EINVAL, EOPNOTSUPP, ENOSYS].contains(number) }

    /// Writes into what is there: nothing can be replaced, so an error may come after a part of the bytes.
    private func writeIntoStream(_ data: Data) throws(GessoError) {
        let file = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC)
        guard file >= 0 else { throw failure("open", errno) }
        defer { close(file) }
        try writeAll(data, to: file, isStream: true)
    }

    private func save(_ data: Data, to file: Int32) throws(GessoError) {
        try writeAll(data, to: file, isStream: false)
        guard fsync(file) == 0 || Self.meansNoSync(errno) else { throw failure("save", errno) }
    }

    private func writeAll(_ data: Data, to file: Int32, isStream: Bool) throws(GessoError) {
        let (byteCount, errorNumber) = writeWhole(data, to: file)
        guard let errorNumber else { return }
        let outcome =
            isStream && byteCount > 0 ? "\(byteCount) of \(data.count) bytes were written" : "nothing was written"
        throw failure("write", errorNumber, outcome)
    }
}
