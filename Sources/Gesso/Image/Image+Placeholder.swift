public import GessoCodecs
public import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Image {
    /// What a page shows until the image is there: four kinds, of which each page takes one.
    public struct Placeholder: Sendable, Hashable, Codable {
        /// ThumbHash in base64, about 30 characters: colors, aspect ratio and transparency.
        public let thumbHash: String
        /// BlurHash of 4 × 3 components, 28 characters: colors only.
        public let blurHash: String
        /// The color that most of the image has.
        public let dominantColor: Color
        /// A WebP of 24 pixels at most as a `data:` URL, some hundreds of characters.
        public let inline: String

        /// `small` is sRGB, 8 bits a channel, and has 100 pixels a side at most.
        init(of small: Bitmap) throws(GessoError) {
            thumbHash = Data(try ThumbHash.encode(small)).base64EncodedString()
            blurHash = try BlurHash.encode(small)
            dominantColor = try small.dominantColor()
            let fit = Placement.Fit.inside.target(for: small.size, in: Size(width: 24, height: 24), enlarging: false)
            let file = try ImageEncoder.encode(small.resized(to: fit), as: .webp(quality: 30, method: 6))
            inline = "data:image/webp;base64,\(file.data.base64EncodedString())"
        }
    }

    /// Makes placeholders of what the chain gives; a JPEG or WebP is decoded at a fraction of its size.
    public func placeholder() async throws -> Placeholder {
        let small = try await thumbnail(Image.placeholderSide).frame().bitmap
        return try await PixelPool.shared.run { try Placeholder(of: small) }
    }

    /// Makes several outputs and placeholders from one decode; see ``renditions(_:)``.
    public func renditionsAndPlaceholder(
        _ renditions: [Rendition]
    ) async throws -> (images: [EncodedImage], placeholder: Placeholder) {
        try await withPlaceholder(outputs(renditions))
    }

    /// The same as ``encoded(as:maxBytes:)``, with placeholders from the same decode.
    package func encodedWithPlaceholder(
        as encoding: ImageEncoding, maxBytes: Int? = nil
    ) async throws -> (image: EncodedImage, placeholder: Placeholder) {
        let (images, placeholder) = try await withPlaceholder([
            ImageRun.Output(stages: [], encoding: encoding, maxBytes: maxBytes, isAnimated: keepsFrames)
        ])
        return (images[0], placeholder)
    }

    /// One of several outputs: the steps of a chain over the same source, and how what they give is encoded.
    package typealias Branch = (steps: Image, encoding: ImageEncoding, maxBytes: Int?)

    /// Makes several outputs from one decode, each with steps of its own, and a placeholder if one is wanted.
    ///
    /// The settings are this chain's. A single output is the same as one that ``encoded(as:maxBytes:)`` makes.
    package func encoded(
        _ branches: [Branch], withPlaceholder: Bool
    ) async throws -> (images: [EncodedImage], placeholder: Placeholder?) {
        let single = branches.count == 1
        var common = self
        if single { common.stages += branches[0].steps.stages }
        let outputs = branches.map { branch in
            ImageRun.Output(
                stages: single ? [] : branch.steps.stages, encoding: branch.encoding, maxBytes: branch.maxBytes,
                isAnimated: keepsFrames)
        }
        if withPlaceholder { return try await common.withPlaceholder(outputs) }
        return (try await ImageRun.files(of: common, outputs), nil)
    }

    private static let placeholderSide = 100

    /// The small image is one more output: its decode, memory and place in the order follow as for any other.
    private func withPlaceholder(
        _ outputs: [ImageRun.Output]
    ) async throws -> (images: [EncodedImage], placeholder: Placeholder) {
        let small = ImageRun.Output(
            stages: [Thumbnail(Image.placeholderSide)], encoding: .png(effort: .fast, reduces: false))
        let images = try await ImageRun.files(of: self, outputs + [small])
        let placeholder = try await PixelPool.shared.run {
            try Placeholder(of: ImageDecoder.decode(images[outputs.count].data).bitmap)
        }
        return (Array(images.dropLast()), placeholder)
    }
}
