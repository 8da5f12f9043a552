#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// An image to send: its bytes, the type those bytes show, and a name if you want one sent.
public struct ImageUpload: Sendable, Hashable {
    public let data: Data
    /// What the bytes are; a name or a declared type has no say.
    public let contentType: ImageUpload.ContentType
    /// The name to send, its last path component only; nil sends `image-0.png` and the like.
    public let filename: String?

    /// An image as the API takes it.
    ///
    /// - Throws: `emptyImage` for no bytes, `unsupportedImageType` when they are not PNG, JPEG or WebP, `invalidRequest`
    ///   for a file name with control characters or over 255 bytes.
    public init(_ data: Data, filename: String? = nil) throws(ImagesAPIError) {
        guard !data.isEmpty else {
            throw ImagesAPIError(
                .emptyImage, "The image has no bytes; check that its file was read and is not empty.")
        }
        guard let contentType = ImageUpload.ContentType(sniffing: data), [.png, .jpeg, .webp].contains(contentType)
        else {
            let found = ImageUpload.ContentType(sniffing: data)?.rawValue ?? "neither image nor drawing"
            throw ImagesAPIError(
                .unsupportedImageType,
                "The bytes are not PNG, JPEG or WebP (found: \(found)); convert the image first, its name does not matter.",
                facts: ["found": found, "allowed": "image/png, image/jpeg, image/webp"])
        }
        self.data = data
        self.contentType = contentType
        self.filename = try filename.flatMap { (name) throws(ImagesAPIError) in try UploadName.cleaned(name) }
    }
}
