import GessoPixels

/// Rounds 16-bit samples to 8 bits a channel; leaves others alone.
struct ReduceTo8Bits: Stage, SkippingStage {
    func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        var shape = shape
        shape.format = shape.format.with8Bits
        return shape
    }

    func run(_ frame: inout Frame) throws(GessoError) {
        if frame.bitmap.format.bitsPerChannel != 8 {
            frame.warnings.append(.depthReduced(from: frame.bitmap.format.bitsPerChannel))
            frame.bitmap = try frame.bitmap.converted(to: frame.bitmap.format.with8Bits)
        }
    }
}

extension Bitmap.Format {
    /// The same channels with 8 bits each.
    var with8Bits: Bitmap.Format {
        switch layout {
        case .gray: .gray8
        case .rgb: .rgb8
        case .rgba: .rgba8
        }
    }

    /// The same depth with an alpha channel.
    var withAlpha: Bitmap.Format { bitsPerChannel == 8 ? .rgba8 : .rgba16 }
}
