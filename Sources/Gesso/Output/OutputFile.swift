package import GessoPixels

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

#if canImport(Glibc)
import Glibc
private let systemWrite = Glibc.write
#elseif canImport(Darwin)
import Darwin
private let systemWrite = Darwin.write
#endif

/// A file that appears whole or not at all.
///
/// Written to a file without a name first, or a hidden neighbor where the file system has none such (O_TMPFILE), synced,
/// then linked under its name: after a crash at any moment the name is absent, old or complete. Names hold letters, digits, `.`, `_`, `-` only, so they never leave their directory.
package struct OutputFile: Sendable {
    package let url: URL
    private let directory: URL
    private let name: String

    /// Throws `invalidParameter` for a name that could leave the directory.
    package init(in directory: URL, named name: String) throws(GessoError) {
        let legal = name.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || byte == 45 || byte == 46 || byte == 95
        }
        guard legal, !name.isEmpty, name.utf8.first != 46, name.utf8.count <= 200 else {
            throw GessoError(
                .invalidParameter, stage: "write",
                "\u{201C}\(name)\u{201D} is not a file name for output; use letters, digits, '.', '_' and '-'.",
                facts: ["found": name])
        }
        self.directory = directory
        self.name = name
        url = directory.appending(path: name)
    }

    /// Writes the whole file, making the directory if it is missing.
    ///
    /// With `isPrivate` only its owner can read it. Throws `fileExists` when there is one and `overwrites` is false,
    /// `fileNotWritable` for anything the system refuses; nothing is left behind then.
    package func write(_ data: Data, overwrites: Bool = false, isPrivate: Bool = false) throws(GessoError) {
        let mode: mode_t = isPrivate ? 0o600 : 0o644
        do {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        } catch {
            throw GessoError(
                .fileNotWritable, stage: "write",
                "The directory \(directory.path) cannot be made; check that the path is one and that you may write there.",
                facts: ["path": directory.path])
        }
        let folder = open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw failure("open the directory of", errno) }
        defer { close(folder) }
        let hidden = ".\(name).\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
        var isHidden = false
        var file = unnamedFile(in: folder, mode)
        if file < 0 {
            file = openat(folder, hidden, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
            isHidden = true
        }
        guard file >= 0 else { throw failure("create", errno) }
        defer {
            close(file)
            if isHidden { unlinkat(folder, hidden, 0) }
        }
        try writeAll(data, to: file)
        guard fsync(file) == 0 else { throw failure("save", errno) }
        if !isHidden, !link(file, folder, name) {
            guard errno == EEXIST else { throw failure("publish", errno) }
            guard overwrites else { throw exists }
            // Only a file with a name replaces another in one step.
            guard link(file, folder, hidden) else { throw failure("publish", errno) }
            isHidden = true
        }
        if isHidden, overwrites {
            guard renameat(folder, hidden, folder, name) == 0 else { throw failure("replace", errno) }
            isHidden = false
        } else if isHidden, linkat(folder, hidden, folder, name, 0) != 0 {
            guard errno == EEXIST else { throw failure("publish", errno) }
            throw exists
        }
        guard fsync(folder) == 0 else { throw failure("save the directory of", errno) }
    }

    private var exists: GessoError {
        GessoError(
            .fileExists, stage: "write",
            "\(url.path) exists already and was kept; choose another directory or overwrite explicitly.",
            facts: ["path": url.path])
    }

    /// A descriptor of a file that goes away with the process unless it is linked; negative where there is none such.
    private func unnamedFile(in folder: Int32, _ mode: mode_t) -> Int32 {
        #if os(Linux)
        // Linking goes through /proc (open(2)), which is looked for before anything is written.
        guard access("/proc/self/fd", F_OK) == 0 else { return -1 }
        // O_TMPFILE, which Swift does not import.
        return openat(folder, ".", 0o20_000_000 | O_DIRECTORY | O_WRONLY | O_CLOEXEC, mode)
        #else
        return -1
        #endif
    }

    private func link(_ file: Int32, _ folder: Int32, _ name: String) -> Bool {
        linkat(AT_FDCWD, "/proc/self/fd/\(file)", folder, name, AT_SYMLINK_FOLLOW) == 0
    }

    private func writeAll(_ data: Data, to file: Int32) throws(GessoError) {
        let errorNumber = data.withUnsafeBytes { bytes -> Int32? in
            var offset = 0
            while offset < bytes.count {
                // Safe: offset stays below count, and the buffer outlives the call.
                let written = systemWrite(file, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
                if written < 0 {
                    if errno == EINTR { continue }
                    return errno
                }
                offset += written
            }
            return nil
        }
        if let errorNumber { throw failure("write", errorNumber) }
    }

    private func failure(_ action: String, _ number: Int32) -> GessoError {
        GessoError(
            .fileNotWritable, stage: "write",
            "Cannot \(action) \(url.path): \(String(cString: strerror(number))); nothing was written.",
            facts: ["path": url.path, "errno": "\(number)"])
    }
}
