import GessoCodecs
public import GessoPixels

/// Converts samples from the picture's own profile to 8-bit sRGB, which is what models are shown.
///
/// Costs nothing when the picture is sRGB already.
public struct ConvertToSRGB: Stage, Codable, Hashable {
    public init() {}

    public func plan(_ shape: FrameShape) throws(GessoError) -> FrameShape {
        var shape = shape
        shape.isSRGB = true
        shape.format = shape.format.with8Bits
        return shape
    }

    public func run(_ frame: consuming Frame) throws(GessoError) -> Frame {
        if let profile = frame.profile, !profile.isSRGB {
            frame.bitmap = try frame.bitmap.converted(from: profile, to: nil)
        }
        frame.profile = nil
        if frame.bitmap.format.bitsPerChannel != 8 {
            frame.bitmap = try frame.bitmap.converted(to: frame.bitmap.format.with8Bits)
        }
        return frame
    }
}

extension PixelFormat {
    /// The same channels with 8 bits each.
    var with8Bits: PixelFormat {
        switch layout {
        case .gray: .gray8
        case .rgb: .rgb8
        case .rgba: .rgba8
        }
    }

    /// The same depth with an alpha channel.
    var withAlpha: PixelFormat { bitsPerChannel == 8 ? .rgba8 : .rgba16 }
}
