public import GessoCodecs
import GessoPixels
import ImagesAPI

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// One file part of an edit, exactly as it will be uploaded.
public struct UploadPart: Sendable, Hashable {
    /// The form field: `image`, `image[]` or `mask`.
    public let name: String
    public let filename: String
    public let image: EncodedImage

    public var data: Data { image.data }
    public var mimeType: String { image.format.mimeType }

    /// The first lossless form under the limit, in order of speed; never with metadata or a profile.
    ///
    /// Throws `tooManyBytes` when neither PNG nor lossless WebP fits.
    init(name: String, stem: String, bitmap: Bitmap, maximumBytes: Int, formats: [ImageContentType]) throws(GessoError)
    {
        var smallest: EncodedImage?
        for encoding in [ImageEncoding.png(effort: .fast), .webpLossless(effort: 0), .png(effort: .small)]
        where formats.contains(ImageContentType(rawValue: encoding.format.mimeType)) {
            let image = try ImageEncoder.encode(bitmap, as: encoding)
            if image.data.count < maximumBytes {
                self.name = name
                self.filename = "\(stem).\(image.format.fileExtension)"
                self.image = image
                return
            }
            if image.data.count < smallest?.data.count ?? .max { smallest = image }
        }
        throw GessoError(
            .tooManyBytes, stage: "prepare",
            "The \(name) takes \(smallest?.data.count ?? 0) bytes even in the smallest lossless form and the model "
                + "accepts fewer than \(maximumBytes); send a smaller long edge.",
            facts: ["found": "\(smallest?.data.count ?? 0)", "allowed": "\(maximumBytes)"])
    }
}
