package import GessoPixels

/// Cuts off borders that have the color of the top left pixel, or that are transparent as it is.
///
/// How much is cut off is known only when there are pixels: ``plan(_:)`` states the size before. An image that is all of one
/// color stays as it is.
package struct Trim: Stage, Codable, Hashable {
    /// How far a channel may differ from the border's, 0…255; 10 forgives what JPEG does to a plain border.
    package var threshold: Int

    /// Trims borders whose channels differ by at most `threshold`.
    package init(threshold: Int = 10) { self.threshold = threshold }

    package var detail: String { "threshold \(threshold)" }

    package func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        guard (0...255).contains(threshold) else {
            throw GessoError(
                .invalidParameter, stage: "trim", "The threshold must be from 0 to 255; got \(threshold).",
                facts: ["found": "\(threshold)", "allowed": "0...255"])
        }
        return shape
    }

    package func run(_ frame: inout Frame) throws(GessoError) {
        _ = try plan(frame.shape)
        guard let bounds = frame.bitmap.contentBounds(threshold: threshold), bounds != Rect(frame.bitmap.size) else {
            return
        }
        try Crop(bounds).run(&frame)
    }
}
