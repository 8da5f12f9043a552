import GessoCodecs
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

/// A file that appears whole or not at all.
///
/// Names that are made from other names hold letters, digits, `.`, `_`, `-` only, so they never leave their directory. Names
/// that the user typed are taken as they are. Pipes, devices and the process's own descriptors are never replaced: the bytes
/// are written into them if `opensStreams`.
package struct OutputFile: Sendable {
    package let url: URL
    /// The path as it is opened and shown.
    let path: String
    let directory: String
    let name: String
    private let opensStreams: Bool

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
        (self.directory, self.name, opensStreams) = (directory.path, name, false)
        url = directory.appending(path: name)
        path = url.path
    }

    /// A file of any name, as the user typed it. Throws `invalidParameter` for one that can only be a directory.
    ///
    /// With `opensStreams`, writing into a pipe without a reader waits for one.
    package init(at path: String, opensStreams: Bool = false) throws(GessoError) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let name = parts.last.map { String($0) } ?? ""
        guard !["", ".", ".."].contains(name), !path.utf8.contains(0) else {
            throw GessoError(
                .invalidParameter, stage: "write", "\u{201C}\(path)\u{201D} does not name a file; add the file's name.",
                facts: ["found": path])
        }
        let parent = parts.dropLast().joined(separator: "/")
        (self.path, self.name, self.opensStreams) = (path, name, opensStreams)
        directory = parts.count == 1 ? "." : parent.isEmpty ? "/" : parent
        url = URL(filePath: path)
    }

    /// What is at the path now.
    enum Target {
        case nothing
        /// A regular file or a symbolic link, which a new file replaces in one step.
        case replaceable
        /// A pipe or a character device.
        case stream
        case descriptor(Int32)
        /// A directory, a socket or a block device, with its name for messages.
        case unwritable(String)
    }

    var target: Target {
        if let descriptor = FileContents.descriptor(named: path) {
            return opensStreams ? .descriptor(descriptor) : .unwritable("a descriptor of this process")
        }
        var status = stat()
        guard lstat(path, &status) == 0 else { return .nothing }
        let isLink = status.st_mode & S_IFMT == S_IFLNK
        if isLink, stat(path, &status) != 0 { return .replaceable }
        switch status.st_mode & S_IFMT {
        case S_IFIFO, S_IFCHR: return opensStreams ? .stream : .unwritable("a pipe or a device")
        case S_IFBLK: return .unwritable("a block device")
        case S_IFSOCK: return .unwritable("a socket")
        case S_IFDIR where !isLink: return .unwritable("a directory")
        default: return .replaceable
        }
    }

    /// Throws what ``write(_:overwrites:)`` would throw because of what is at the path, before any work is done.
    package func check(overwrites: Bool) throws(GessoError) {
        switch target {
        case .nothing, .stream, .descriptor: break
        case .replaceable: if !overwrites { throw exists }
        case .unwritable(let kind):
            throw GessoError(
                .fileNotWritable, stage: "write", "\(path) is \(kind) and is never replaced; name a file.",
                facts: ["path": path])
        }
    }

    var exists: GessoError {
        GessoError(
            .fileExists, stage: "write",
            "\(path) exists already and was kept; give --force (overwrites: true), or choose another name.",
            facts: ["path": path])
    }

    /// The path in messages.
    private var shown: String { path == "/dev/stdout" ? "standard output" : path }

    func failure(_ action: String, _ number: Int32, _ outcome: String = "nothing was written") -> GessoError {
        GessoError(
            .fileNotWritable, stage: "write",
            "Cannot \(action) \(shown): \(String(cString: strerror(number))); \(outcome).",
            facts: ["path": path, "errno": "\(number)"])
    }
}
