public import GessoPixels

/// Puts the image on an opaque color and drops its alpha channel.
public struct Flatten: Stage, SkippingStage, Codable, Hashable {
    /// The color under the image.
    public var background: Color

    /// Flattens onto a color.
    public init(onto background: Color = .white) { self.background = background }

    public var detail: String { "onto \(background.red),\(background.green),\(background.blue)" }

    public func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        var shape = shape
        if shape.format.hasAlpha { shape.format = shape.format.bitsPerChannel == 8 ? .rgb8 : .rgb16 }
        return shape
    }

    public func run(_ frame: inout Frame) throws(GessoError) {
        if frame.bitmap.format.hasAlpha { frame.bitmap = try frame.bitmap.flattened(onto: background) }
    }
}
