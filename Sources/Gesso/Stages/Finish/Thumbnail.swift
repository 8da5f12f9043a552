package import GessoPixels

/// Shrinks the image into a square or box, upright and in sRGB, never enlarging it.
package struct Thumbnail: Stage, ComposedStage, Codable, Hashable {
    /// The box in pixels.
    package var size: Size
    /// Whether the box is filled and what sticks out is cropped (`cover`), instead of fitting inside.
    package var covers: Bool
    /// Which part fills the box with ``covers``; nil is the center.
    package var gravity: Placement.Gravity?

    /// A thumbnail within a square side or a box, in pixels.
    package init(_ side: Int, covers: Bool = false, gravity: Placement.Gravity? = nil) {
        self.init(Size(width: side, height: side), covers: covers, gravity: gravity)
    }

    /// A thumbnail within a square side or a box, in pixels.
    package init(_ size: Size, covers: Bool = false, gravity: Placement.Gravity? = nil) {
        self.size = size
        self.covers = covers
        self.gravity = gravity
    }

    package var detail: String { "\(size)" + (covers ? " cover" : "") + (gravity.map { " \($0.rawValue)" } ?? "") }

    // Resampled before the conversion: fewer pixels to convert.
    var pipeline: Pipeline {
        Pipeline {
            Orient()
            Resize(size, fit: covers ? .cover : .inside, enlarges: false, gravity: gravity ?? .center)
            ConvertToSRGB()
        }
    }

    package func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape { try pipeline.plan(shape) }
    package func scratchBytes(_ shape: Frame.Shape) -> Int { pipeline.scratchBytes(shape) }
    package func run(_ frame: inout Frame) throws(GessoError) { try pipeline.run(&frame) }
}
