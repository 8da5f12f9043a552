public import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// One file part of an edit, exactly as it will be uploaded.
public struct UploadPart: Sendable, Hashable {
    /// The form field: `image`, `image[]`, `mask` or `markup`.
    public let name: String
    public let filename: String
    public let image: EncodedImage
    /// How the image was encoded, without metadata and profile.
    public let encoding: ImageEncoding

    public var data: Data { image.data }
    public var mimeType: String { image.format.mimeType }

    init(name: String, stem: String, _ image: EncodedImage, _ encoding: ImageEncoding) {
        self.name = name
        filename = "\(stem).\(image.format.fileExtension)"
        self.image = image
        self.encoding = encoding
    }

    /// The part in words, for the report of changes.
    var summary: String {
        let loss = encoding.isLossless ? "lossless " : ""
        let quality = encoding.quality.map { " of quality \($0), since no lossless form fits" } ?? ""
        return "\(filename) encoded as \(loss)\(image.format.rawValue)\(quality), \(data.count) bytes"
    }
}
