public import Gesso

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Keeps images as files in a directory.
///
/// ```swift
/// let sink = FileSink(directory, existing: .keep)
/// let stored = try await sink.write(thumbnail, as: "cat-256.webp")
/// ```
/// A file appears whole or not at all: after a crash at any moment its name is absent, old or complete, and what was returned
/// is synced to the disk.
public struct FileSink: ImageSink {
    /// The directory, which is made when it is missing.
    public let directory: URL
    /// What to do about files that are there.
    public let existing: StoredImage.Existing
    /// Makes files that only their owner can read.
    public let isPrivate: Bool

    /// A sink in a directory; nothing is touched before the first write.
    public init(_ directory: URL, existing: StoredImage.Existing = .refuse, isPrivate: Bool = false) {
        self.directory = directory
        self.existing = existing
        self.isPrivate = isPrivate
    }

    /// Writes a file, on a thread of ``PixelPool/shared``.
    ///
    /// - Parameter name: letters, digits, `.`, `_` and `-`, so that it never leaves the directory.
    /// - Throws: `invalidParameter` for another name, `fileExists`, `fileNotWritable`, and `cancelled`.
    @discardableResult
    public func write(_ image: EncodedImage, as name: String) async throws -> StoredImage {
        let file = try OutputFile(in: directory, named: name)
        let (existing, isPrivate) = (existing, isPrivate)
        return try await PixelPool.shared.run {
            do throws(GessoError) {
                try file.write(image.data, overwrites: existing == .replace, isPrivate: isPrivate)
                return StoredImage(name: name, byteCount: image.data.count, location: file.url)
            } catch {
                guard existing == .keep, error.code == .fileExists else { throw error }
                return StoredImage(name: name, byteCount: image.data.count, wasKept: true, location: file.url)
            }
        }
    }
}
