import GessoCodecs
public import GessoPixels

/// Converts samples from the image's own profile to 8-bit sRGB, which is what models are shown.
///
/// Costs nothing when the image is sRGB already.
public struct ConvertToSRGB: Stage, SkippingStage, Codable, Hashable {
    /// The stage; it has no parameters.
    public init() {}

    public func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        var shape = shape
        shape.isSRGB = true
        shape.format = shape.format.with8Bits
        return shape
    }

    public func run(_ frame: inout Frame) throws(GessoError) {
        if let profile = frame.profile, !profile.isSRGB {
            frame.bitmap = try frame.bitmap.converted(from: profile, to: nil)
        }
        frame.profile = nil
        if frame.bitmap.format.bitsPerChannel != 8 {
            frame.warnings.append(.depthReduced(from: frame.bitmap.format.bitsPerChannel))
            frame.bitmap = try frame.bitmap.converted(to: frame.bitmap.format.with8Bits)
        }
    }
}
