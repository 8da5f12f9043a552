public import Gesso
import ImagesAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Keeps images as objects of a storage, written with `PUT` to presigned URLs.
///
/// ```swift
/// let sink = ObjectSink(storage, existing: .keep, checksum: .sha256, headers: ["cache-control": "max-age=31536000"])
/// let stored = try await sink.write(thumbnail, as: "thumbnails/cat.webp")
/// ```
/// An object appears whole or not at all. A write is repeated while that is safe, as the storage's retry policy says: the same
/// bytes under the same name.
public struct ObjectSink: ImageSink {
    /// A checksum that the storage verifies before it keeps an object.
    public enum Checksum: Sendable, Hashable {
        /// `x-amz-checksum-sha256`; the signer gets the field, and must sign it.
        case sha256
    }

    /// The storage.
    public let storage: ObjectStorage
    /// What to do about objects that are there.
    public let existing: StoredImage.Existing
    /// The checksum to send; nil for none.
    public let checksum: Checksum?
    /// Further header fields of each object, names in lower case; `content-type` is that of the image unless it is given.
    public let headers: [String: String]

    /// A sink in a storage.
    public init(
        _ storage: ObjectStorage, existing: StoredImage.Existing = .refuse, checksum: Checksum? = nil,
        headers: [String: String] = [:]
    ) {
        self.storage = storage
        self.existing = existing
        self.checksum = checksum
        self.headers = Dictionary(
            headers.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    /// Writes an object.
    ///
    /// Unless objects are replaced, the write is conditional (`If-None-Match: *`): of several writers one stores its image, and
    /// while another write is in progress (409) this one waits for it. If the response to an attempt was lost and the repeated
    /// one finds an object, it is read back and compared, so that the image of this call is not mistaken for another's.
    ///
    /// - Parameter name: the object's key.
    /// - Throws: `GessoError` with `fileExists`; `ImagesAPIError` with `presignedURLExpired`, `signatureRefused`,
    ///   `permissionDenied`, `serverError`, `rateLimited` or what the transport does, each with the fact `mayBeStored` if the
    ///   object may be there all the same; what the signer throws as `invalidConfiguration`. No error has the URL's signature.
    @discardableResult
    public func write(_ image: EncodedImage, as name: String) async throws -> StoredImage {
        var fields = headers
        if fields["content-type"] == nil { fields["content-type"] = image.format.mimeType }
        if checksum == .sha256 {
            let data = image.data
            fields["x-amz-checksum-sha256"] = try await PixelPool.shared.run { Self.sha256(data) }
        }
        var stored = StoredImage(name: name, byteCount: image.data.count)
        guard existing != .replace else {
            _ = try await storage.put(image.data, to: name, headers: fields, onlyIfAbsent: false)
            return stored
        }
        let outcome = try await storage.putIfAbsent(image.data, to: name, headers: fields)
        guard case .exists(let mayBeOwn) = outcome else { return stored }
        if mayBeOwn, try await isStored(image, as: name) { return stored }
        guard existing == .keep else {
            throw GessoError(
                .fileExists, stage: "write",
                "The storage has an object \u{201C}\(name)\u{201D} already and it was kept; choose another name, or create the sink with existing: .replace.",
                facts: ["path": name])
        }
        stored.wasKept = true
        return stored
    }

    /// Whether the object is this image, stored by an earlier attempt whose response was lost.
    private func isStored(_ image: EncodedImage, as name: String) async throws -> Bool {
        do {
            return try await storage.get(name, maxBytes: image.data.count)?.body == image.data
        } catch let error as ImagesAPIError where error.code == .limitExceeded && error.facts["allowed"] != nil {
            // It is longer, so it is another one.
            return false
        } catch {
            throw ObjectStorage.mayBeStored(error)
        }
    }

    /// The SHA-256 of the bytes in base64.
    private static func sha256(_ data: Data) -> String {
        var hash = SHA256()
        data.withUnsafeBytes { hash.update($0) }
        return Data(hash.bytes).base64EncodedString()
    }
}
