public import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
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
/// Written to a hidden neighbour first, synchronised, then linked under its name: after a crash at any moment the name
/// is absent, old or complete. Names hold letters, digits, `.`, `_`, `-` only, so they never leave their directory.
public struct OutputFile: Sendable {
    public let url: URL
    private let directory: URL
    private let name: String

    /// Throws `invalidParameter` for a name that could leave the directory.
    public init(in directory: URL, named name: String) throws(GessoError) {
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
    /// Throws `fileExists` when there is one and `overwrites` is false, `fileNotWritable` for anything the system
    /// refuses; nothing is left behind then.
    public func write(_ data: Data, overwrites: Bool = false) throws(GessoError) {
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
        let file = openat(folder, hidden, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure("create", errno) }
        var published = false
        defer {
            close(file)
            if !published { unlinkat(folder, hidden, 0) }
        }
        try writeAll(data, to: file)
        guard fsync(file) == 0 else { throw failure("save", errno) }
        if overwrites {
            guard renameat(folder, hidden, folder, name) == 0 else { throw failure("replace", errno) }
            published = true
        } else {
            guard linkat(folder, hidden, folder, name, 0) == 0 else {
                guard errno == EEXIST else { throw failure("publish", errno) }
                throw GessoError(
                    .fileExists, stage: "write",
                    "\(url.path) exists already and was kept; choose another directory or overwrite explicitly.",
                    facts: ["path": url.path])
            }
        }
        guard fsync(folder) == 0 else { throw failure("save the directory of", errno) }
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
