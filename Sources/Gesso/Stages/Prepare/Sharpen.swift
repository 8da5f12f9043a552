package import GessoPixels

/// Sharpens an image that was made much smaller (unsharp mask on luminance).
///
/// Averaging many pixels into one loses contrast at edges, which this gives back. Hues, alpha and plain areas stay. Nothing
/// sharpens by itself: the stage is asked for.
package struct Sharpen: Stage, Codable, Hashable {
    /// How much of the difference to the blurred image is added, 0…10.
    package var amount: Double
    /// The standard deviation of the blur in pixels, 0.3…10.
    package var radius: Double
    /// The stage does nothing unless the image has been reduced at least by this factor; 1 sharpens always.
    package var minimumReduction: Double

    /// Sharpens images that were reduced to half or less, by default as little as shows at edges and leaves no halos.
    package init(amount: Double = 0.5, radius: Double = 0.6, minimumReduction: Double = 2) {
        self.amount = amount
        self.radius = radius
        self.minimumReduction = minimumReduction
    }

    package var detail: String { "amount \(amount), radius \(radius)" }

    package func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        guard (0...10).contains(amount), (0.3...10).contains(radius), minimumReduction.isFinite else {
            throw GessoError(
                .invalidParameter, stage: "sharpen",
                "Sharpening takes an amount of 0 to 10 and a radius of 0.3 to 10 pixels; got \(amount) and \(radius).",
                facts: ["found": "\(amount), \(radius)", "allowed": "0...10, 0.3...10"])
        }
        return shape
    }

    package func scratchBytes(_ shape: Frame.Shape) -> Int {
        Bitmap.sharpeningScratchBytes(width: shape.size.width, radius: min(max(radius, 0.3), 10))
    }

    package func run(_ frame: inout Frame) throws(GessoError) {
        _ = try plan(frame.shape)
        let scale = max(frame.placement.scaleX, frame.placement.scaleY)
        // Rounding to whole pixels may leave a little more than the half.
        guard amount > 0, scale * minimumReduction <= 1.02 else { return }
        frame.bitmap = try frame.bitmap.sharpened(radius: radius, amount: amount)
    }
}
