import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOPosix

/// The fields of a form, and its files on disk. Files go away with the form unless something else has linked them.
final class UploadForm: Sendable {
    /// How much a form may have.
    struct Limits: Sendable {
        /// Of one file.
        var fileBytes = 50_000_000
        /// Of all texts together, such as a mask of many strokes.
        var textBytes = 2_000_000
        var parts = 24
        var files = 2
    }

    /// A file that was uploaded.
    struct File: Sendable {
        let url: URL
        /// The SHA-256 of its bytes in hexadecimal digits.
        let digest: String

        /// The bytes, mapped and not read.
        var data: Data { get throws { try Data(contentsOf: url, options: .alwaysMapped) } }
    }

    let texts: [String: [String]]
    let files: [String: File]

    /// Reads a form part by part. Texts and files are told apart by whether they have a file name.
    convenience init(reading request: Request, into folder: URL, limits: Limits = Limits()) async throws {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }) {
            let most = limits.files * limits.fileBytes + limits.textBytes
            guard length <= most else { throw Self.tooLarge("The request has \(length) bytes", most) }
        }
        var texts: [String: [String]] = [:]
        var files: [String: File] = [:]
        do {
            var reader = try MultipartReader(request)
            var (count, textBytes) = (0, 0)
            while let part = try await reader.next() {
                count += 1
                guard count <= limits.parts else {
                    throw HTTPError(.contentTooLarge, message: "The form has more than \(limits.parts) parts.")
                }
                if part.filename != nil {
                    guard files.count < limits.files, files[part.name] == nil else {
                        throw HTTPError(.badRequest, message: "The form has more files than this address takes.")
                    }
                    files[part.name] = try await Self.file(&reader, in: folder, limit: limits.fileBytes)
                } else {
                    let text = try await Self.text(&reader, part.name, limits.textBytes, besides: textBytes)
                    textBytes += text.utf8.count
                    texts[part.name, default: []].append(text)
                }
            }
        } catch {
            Self.remove(files)
            guard let error = error as? MultipartReader.Malformed else { throw error }
            throw HTTPError(.badRequest, message: error.message)
        }
        self.init(texts, files)
    }

    private init(_ texts: [String: [String]], _ files: [String: File]) { (self.texts, self.files) = (texts, files) }

    deinit { Self.remove(files) }

    private static func remove(_ files: [String: File]) {
        for file in files.values { try? FileManager.default.removeItem(at: file.url) }
    }

    /// The one value of a field without the spaces around it; nil if it is missing or empty.
    func text(_ name: String) throws(HTTPError) -> String? {
        guard let values = texts[name] else { return nil }
        guard values.count == 1 else { throw HTTPError(.badRequest, message: "Send the field \(name) once.") }
        let value = values[0].trimmingCharacters(in: .whitespacesAndNewlines)
        return value.isEmpty ? nil : value
    }

    /// Adds the file of the field `photo` to the store; nil if the form has none.
    func addPhoto(to store: ImageStore, owner: Owner) async throws -> StoredImage? {
        guard let file = files["photo"] else { return nil }
        return try await store.add(file.url, owner: owner.tag, digest: file.digest)
    }

    private static func text(
        _ reader: inout MultipartReader, _ name: String, _ limit: Int, besides others: Int
    ) async throws -> String {
        var bytes = ByteBuffer()
        while var piece = try await reader.nextPiece() {
            guard others + bytes.readableBytes + piece.readableBytes <= limit else {
                throw tooLarge("The text of the form is too long at the field \(name.prefix(40))", limit)
            }
            bytes.writeBuffer(&piece)
        }
        guard let text = String(validating: bytes.readableBytesView, as: UTF8.self) else {
            throw HTTPError(.badRequest, message: "The field \(name.prefix(40)) is not UTF-8 text.")
        }
        return text
    }

    /// Writes a part into a file while it arrives, on threads that may wait for a disk.
    private static func file(
        _ reader: inout MultipartReader, in folder: URL, limit: Int
    ) async throws -> File {
        let url = folder.appending(path: UUID().uuidString)
        guard FileManager.default.createFile(atPath: url.path, contents: nil, attributes: [.posixPermissions: 0o600])
        else { throw HTTPError(.serviceUnavailable, message: "The server cannot store files at the moment.") }
        do {
            let handle = try FileHandle(forWritingTo: url)
            defer { try? handle.close() }
            var (hash, count) = (SHA256(), 0)
            var block = ByteBuffer()
            while let piece = try await reader.nextPiece() {
                count += piece.readableBytes
                guard count <= limit else { throw tooLarge("The file is too large", limit) }
                block.writeImmutableBuffer(piece)
                if block.readableBytes >= 1 << 18 { try await write(&block, to: handle, &hash) }
            }
            try await write(&block, to: handle, &hash)
            guard count > 0 else { throw HTTPError(.badRequest, message: "The file is empty; choose another one.") }
            return File(url: url, digest: hash.finalize().hexadecimal)
        } catch {
            try? FileManager.default.removeItem(at: url)
            throw error
        }
    }

    private static func write(_ block: inout ByteBuffer, to handle: FileHandle, _ hash: inout SHA256) async throws {
        guard block.readableBytes > 0 else { return }
        let data = Data(block.readableBytesView)
        block.clear()
        hash = try await NIOThreadPool.singleton.runIfActive { [hash] in
            var hash = hash
            hash.update(data: data)
            try handle.write(contentsOf: data)
            return hash
        }
    }

    private static func tooLarge(_ what: String, _ limit: Int) -> HTTPError {
        HTTPError(.contentTooLarge, message: "\(what); up to \(limit.formatted()) bytes are accepted.")
    }
}
