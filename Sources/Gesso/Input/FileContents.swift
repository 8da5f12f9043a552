public import GessoCodecs
package import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

// Within the type the name is its own method.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    read(descriptor, buffer.baseAddress, buffer.count)
}

/// Reads files that other processes may change at any time.
package enum FileContents {
    private static let pieceBytes = 1 << 20

    /// The whole file in memory, at most `maximum` bytes of it.
    ///
    /// It is never mapped: shortening a mapped file ends the process that reads it with SIGBUS. Devices and pipes are
    /// read to their end or to the maximum.
    ///
    /// Throws `fileNotFound`, `fileNotReadable`, `emptyInput` or `tooManyBytes`, each with the path and what to do.
    package static func read(_ path: String, maximum: Int = ImageDecoder.Limits.default.byteCount) throws(GessoError)
        -> Data
    {
        var opened = open(path, O_RDONLY | O_CLOEXEC)
        // A socket cannot be opened by its path.
        if opened < 0, errno == ENXIO, let number = descriptor(named: path) { opened = dup(number) }
        guard opened >= 0 else { throw errno == ENOENT || errno == ENOTDIR ? notFound(path) : notReadable(path) }
        defer { close(opened) }
        return try read(descriptor: opened, named: path, maximum: maximum)
    }

    /// The process's own descriptor that a path stands for; nil if it names a file.
    package static func descriptor(named path: String) -> Int32? {
        switch path {
        case "/dev/stdin": return 0
        case "/dev/stdout": return 1
        case "/dev/stderr": return 2
        default:
            for prefix in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(prefix) {
                return Int32(path.dropFirst(prefix.count)).flatMap { $0 >= 0 ? $0 : nil }
            }
            return nil
        }
    }

    /// False for the path of a directory, a pipe or a device; what is missing or not accessible is an error of opening it.
    static func isRegularFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
    }

    /// What ``read(_:maximum:)`` does, for a file that is open; `path` is its name in errors.
    package static func read(
        descriptor: Int32, named path: String, maximum: Int = ImageDecoder.Limits.default.byteCount
    ) throws(GessoError) -> Data {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw notReadable(path) }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw GessoError(
                .fileNotReadable, stage: "read", "\(path) is a directory; name a file in it.", facts: ["path": path])
        }
        let isRegular = status.st_mode & S_IFMT == S_IFREG
        if isRegular, Int(status.st_size) > maximum { throw tooLong(path, maximum, found: Int(status.st_size)) }
        let data = try readAll(descriptor, path, maximum, expecting: isRegular ? Int(status.st_size) : 0)
        guard !data.isEmpty else {
            throw GessoError(
                .emptyInput, stage: "read", "\(path) is empty; it may not have been written to the end.",
                facts: ["path": path])
        }
        return data
    }

    private static func readAll(
        _ descriptor: Int32, _ path: String, _ maximum: Int, expecting expected: Int
    ) throws(GessoError) -> Data {
        // Room for one byte more than expected shows whether the file has grown.
        var data = Data(count: max(0, min(expected, maximum)) + 1)
        var count = 0
        while true {
            if count == data.count { data.count += pieceBytes }
            let taken = data.withUnsafeMutableBytes { buffer in
                systemRead(descriptor, UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
            }
            if taken < 0, errno == EINTR { continue }
            guard taken >= 0 else { throw notReadable(path) }
            guard taken > 0 else { return data.prefix(count) }
            count += taken
            guard count <= maximum else { throw tooLong(path, maximum, found: nil) }
        }
    }

    private static func notFound(_ path: String) -> GessoError {
        GessoError(.fileNotFound, stage: "read", "There is no file \(path); check the path.", facts: ["path": path])
    }

    private static func notReadable(_ path: String) -> GessoError {
        GessoError(
            .fileNotReadable, stage: "read", "\(path) cannot be read; check that you may.", facts: ["path": path])
    }

    private static func tooLong(_ path: String, _ maximum: Int, found: Int?) -> GessoError {
        GessoError(
            .tooManyBytes, stage: "read",
            "\(path) has \(found.map { "\($0)" } ?? "more than \(maximum)") bytes, \(maximum) are allowed; "
                + "use a smaller file, or raise the limit (--limit bytes=N).",
            facts: ["path": path, "found": found.map { "\($0)" } ?? "more", "allowed": "\(maximum)"])
    }
}

extension ImageHeader {
    /// Reads the header of `file` on ``PixelPool/shared``, as a server should: hostile files make it take milliseconds.
    ///
    /// Throws what `ImageHeader(probing:)` throws.
    public static func read(_ file: Data, limits: ImageDecoder.Limits = .default) async throws -> ImageHeader {
        try await PixelPool.shared.run { try ImageHeader(probing: file, limits: limits) }
    }
}

extension ImageMetadata {
    /// Takes from `file` what `policy` lets through, on ``PixelPool/shared``.
    ///
    /// Throws what `ImageMetadata(of:policy:)` throws.
    public static func read(
        _ file: Data, policy: ImageMetadata.Policy = .stripPrivate, limits: ImageDecoder.Limits = .default
    ) async throws -> ImageMetadata {
        try await PixelPool.shared.run { try ImageMetadata(of: file, policy: policy, limits: limits) }
    }
}
