import Foundation
import Gesso

/// An image in the store, and what its header said when it was added.
struct StoredImage: Sendable, Codable {
    let id: ImageID
    /// Upright, in pixels.
    let width: Int
    let height: Int
    let format: String
    let hasAlpha: Bool
    let byteCount: Int
}

/// Uploaded and finished images as files, by owner and content: `images/OWNER/DIGEST` and `renditions/OWNER/DIGEST/…`.
///
/// A file appears whole or not at all, and never changes.
struct ImageStore: Sendable {
    private let images: URL
    private let renditions: URL
    /// Where uploads are written until they are known to be images; on the same file system.
    let uploads: URL

    /// Makes the folders, and removes uploads that a crash left.
    init(in folder: URL) throws {
        images = folder.appending(path: "images")
        renditions = folder.appending(path: "renditions")
        uploads = folder.appending(path: "uploads")
        try? FileManager.default.removeItem(at: uploads)
        for folder in [images, renditions, uploads] {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
    }

    /// The image's file.
    func file(of id: ImageID) -> URL { images.appending(path: id.owner).appending(path: id.digest) }

    /// The folder of what was made of the image.
    func renditions(of id: ImageID) -> URL { renditions.appending(path: id.owner).appending(path: id.digest) }

    private func facts(of id: ImageID) -> URL { file(of: id).appendingPathExtension("json") }

    /// The image of that name, if it is there.
    func image(_ id: ImageID) -> StoredImage? {
        guard let data = try? Data(contentsOf: facts(of: id)) else { return nil }
        return try? JSONDecoder().decode(StoredImage.self, from: data)
    }

    /// Adds a file, which stays where it is, under its content's name; does nothing if it is there already.
    ///
    /// Throws `GessoError` for a file that is no image which can be decoded.
    func add(_ source: URL, owner: String, digest: String) async throws -> StoredImage {
        let id = ImageID(owner: owner, digest: digest)
        if let image = image(id) { return image }
        let data = try Data(contentsOf: source, options: .alwaysMapped)
        let header = try await Image(data).header()
        guard ImageDecoder.Limits.default.formats.contains(header.format) else {
            throw GessoError(
                .unsupportedFormat, stage: "decode",
                "The file is \(header.format.rawValue.uppercased()); give a JPEG, PNG, WebP, AVIF or HEIC.",
                facts: ["found": header.format.rawValue])
        }
        let image = StoredImage(
            id: id, width: header.uprightSize.width, height: header.uprightSize.height,
            format: header.format.rawValue, hasAlpha: header.hasAlpha, byteCount: data.count)
        let files = FileManager.default
        let file = file(of: id)
        try files.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        if !files.fileExists(atPath: file.path) {
            do {
                try files.linkItem(at: source, to: file)
            } catch  where !files.fileExists(atPath: file.path) {
                // Another file system, or one without hard links; an image that came meanwhile is the same.
                try data.write(to: file, options: .atomic)
            }
        }
        // Last: what has facts is there.
        try JSONEncoder().encode(image).write(to: facts(of: id), options: .atomic)
        return image
    }

    /// Removes an image and all that was made of it.
    func remove(_ id: ImageID) {
        for url in [facts(of: id), file(of: id), renditions(of: id)] { try? FileManager.default.removeItem(at: url) }
    }

    /// Whether files can be written.
    var isWritable: Bool { FileManager.default.isWritableFile(atPath: uploads.path) }

    /// Removes renditions, the oldest first, until at most `limit` bytes are left; they are made again when they are asked for.
    func trimRenditions(to limit: Int) {
        let keys: Set<URLResourceKey> = [.fileSizeKey, .contentModificationDateKey, .isRegularFileKey]
        guard let found = FileManager.default.enumerator(at: renditions, includingPropertiesForKeys: Array(keys)) else {
            return
        }
        var files: [(url: URL, date: Date, size: Int)] = []
        for case let url as URL in found {
            // Files come and go meanwhile.
            guard let values = try? url.resourceValues(forKeys: keys), values.isRegularFile == true else { continue }
            files.append((url, values.contentModificationDate ?? .distantPast, values.fileSize ?? 0))
        }
        var total = files.reduce(0) { $0 + $1.size }
        for file in files.sorted(by: { $0.date < $1.date }) where total > limit {
            try? FileManager.default.removeItem(at: file.url)
            total -= file.size
        }
    }
}
