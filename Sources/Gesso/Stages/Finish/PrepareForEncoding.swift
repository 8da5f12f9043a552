package import GessoCodecs
package import GessoPixels

/// Brings pixels into a form that an encoding can hold: 8 bits a channel unless it is PNG, no alpha if it is JPEG, and the
/// profile only if it fits.
package struct PrepareForEncoding: Stage, ComposedStage, Codable, Hashable {
    package var encoding: ImageEncoding
    /// What shows through where a JPEG cannot be transparent.
    package var background: Color

    package init(_ encoding: ImageEncoding, background: Color = .white) {
        self.encoding = encoding
        self.background = background
    }

    package var detail: String { "to \(encoding.format.rawValue)" }

    var pipeline: Pipeline {
        Pipeline {
            if encoding.format != .png { ReduceTo8Bits() }
            if encoding.format == .jpeg { Flatten(onto: background) }
        }
    }

    package func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape { try pipeline.plan(shape) }
    package func run(_ frame: inout Frame) throws(GessoError) {
        try pipeline.run(&frame)
        let fitted = try frame.bitmap.fitting(frame.profile, in: encoding.format)
        (frame.bitmap, frame.profile) = (fitted.bitmap, fitted.profile)
        if let warning = fitted.warning { frame.warnings.append(warning) }
    }
}
