package import GessoPixels

/// Puts the image on an opaque color and drops its alpha channel.
package struct Flatten: Stage, SkippingStage, Codable, Hashable {
    /// The color under the image.
    package var background: Color

    /// Flattens onto a color.
    package init(onto background: Color = .white) { self.background = background }

    package var detail: String { "onto \(background.red),\(background.green),\(background.blue)" }

    package func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        var shape = shape
        if shape.format.hasAlpha { shape.format = shape.format.bitsPerChannel == 8 ? .rgb8 : .rgb16 }
        return shape
    }

    package func run(_ frame: inout Frame) throws(GessoError) {
        if frame.bitmap.format.hasAlpha { frame.bitmap = try frame.bitmap.flattened(onto: background) }
    }
}
