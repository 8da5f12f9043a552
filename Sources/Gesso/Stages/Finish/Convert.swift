public import GessoCodecs
public import GessoPixels

/// Makes the picture fit for an encoding: JPEG knows no alpha, so transparent pictures are put on a colour first.
public struct Convert: Stage, Codable, Hashable {
    public var encoding: ImageEncoding
    /// What shows through where a JPEG cannot be transparent.
    public var background: Color

    public init(to encoding: ImageEncoding, background: Color = .white) {
        self.encoding = encoding
        self.background = background
    }

    public var detail: String { "to \(encoding.format.rawValue)" }

    private var pipeline: Pipeline {
        Pipeline {
            if encoding.format != .png { EightBits() }
            if encoding.format == .jpeg { Flatten(onto: background) }
        }
    }

    public func plan(_ shape: FrameShape) throws(GessoError) -> FrameShape { try pipeline.plan(shape) }
    public func run(_ frame: consuming Frame) throws(GessoError) -> Frame { try pipeline.run(frame) }
}

/// Rounds 16-bit samples to 8 bits.
struct EightBits: Stage {
    func plan(_ shape: FrameShape) throws(GessoError) -> FrameShape {
        var shape = shape
        shape.format = shape.format.with8Bits
        return shape
    }

    func run(_ frame: consuming Frame) throws(GessoError) -> Frame {
        if frame.bitmap.format.bitsPerChannel != 8 {
            frame.bitmap = try frame.bitmap.converted(to: frame.bitmap.format.with8Bits)
        }
        return frame
    }
}
