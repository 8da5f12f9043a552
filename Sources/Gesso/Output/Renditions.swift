public import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension Rendition {
    /// Makes several outputs of one file, such as the thumbnails of a picture that a model returned or a user uploaded.
    ///
    /// ```swift
    /// let small = try await Rendition.images([.thumbnail(512, as: .webp(quality: 80)), .thumbnail(128, as: .png)], of: data)
    /// ```
    /// The file is decoded once, JPEG and WebP at a fraction of their size when every output is small; runs on
    /// ``PixelPool/shared`` and waits for `budget` before a pixel is allocated. Throws `GessoError`: what decoding and
    /// encoding throw, and what ``PixelBudget/withReservation(_:_:)`` does.
    public static func images(
        _ renditions: [Rendition], of file: Data, limits: DecodeLimits = .default, budget: PixelBudget = .shared
    ) async throws -> [EncodedImage] {
        let header = try await ImageHeader.read(file, limits: limits)
        let options = DecodeOptions(limits: limits, targetSize: targetSize(of: renditions, header))
        var shape = FrameShape(header)
        shape.size = options.decodedSize(of: header)
        // The decoded picture stays while each output is made from it.
        var peak = 0
        for rendition in renditions { peak = max(peak, try rendition.pipeline.explain(shape).peakBytes) }
        return try await budget.withReservation(shape.byteCount + peak) {
            try await PixelPool.shared.run {
                let frame = try Frame(decoding: file, options: options)
                return try renditions.map { rendition in
                    try GessoError.throwIfCancelled(stage: "thumbnail")
                    return try rendition.render(frame)
                }
            }
        }
    }

    /// The smallest size, as stored, from which every output can be made; nil when one keeps the picture's own.
    private static func targetSize(of renditions: [Rendition], _ header: ImageHeader) -> Size? {
        var target = Size(width: 0, height: 0)
        for rendition in renditions {
            guard let bounds = rendition.bounds else { return nil }
            // What covers the box is larger than it on one side; the box is what counts on the other.
            let fit: Fit = rendition.covers ? .outside : .inside
            let size = fit.target(for: header.uprightSize, in: bounds, enlarging: false)
            target = Size(width: max(target.width, size.width), height: max(target.height, size.height))
        }
        return header.orientation.swapsSides ? target.transposed : target
    }
}
