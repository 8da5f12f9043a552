package import GessoPixels

/// Extends the image and has the model fill the new area: the result is the larger image.
///
/// As ``Pad``, but the extended image is the original from here on: `Restore` leads back to it, border included.
package struct Outpaint: Stage, Codable, Hashable {
    /// The border to add, in pixels.
    package var insets: Pad.Insets
    /// The fill of the border, which the model sees.
    package var fill: Bitmap.PadFill

    /// Extends the image by a border.
    package init(_ insets: Pad.Insets, fill: Bitmap.PadFill = .extendEdges) {
        self.insets = insets
        self.fill = fill
    }

    package var detail: String { "\(insets), \(fill)" }

    // Opaque: a model looks at the colors, and the original gets no transparency that it did not have.
    private var pad: Pad { Pad(insets, fill: fill, alpha: 255) }

    package func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        var shape = try pad.plan(shape)
        shape.placement = Placement(of: shape.size)
        return shape
    }

    package func run(_ frame: inout Frame) throws(GessoError) {
        try pad.run(&frame)
        frame.placement = Placement(of: frame.bitmap.size)
    }
}
