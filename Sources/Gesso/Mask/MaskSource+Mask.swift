public import GessoCodecs
public import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension MaskSource {
    /// Operations that may lie one inside the other.
    static let deepest = 100

    /// The mask for an image whose upright size is `size`.
    ///
    /// Shapes that lie outside of the image select nothing; it is an error only when nothing is left in the end.
    /// `limits` hold for mask images. Takes the memory of two masks, and of one more for each operation that lies
    /// inside another.
    /// Throws `maskSizeMismatch`, `maskWithoutAlpha`, `maskEmpty` or `maskCoversEverything`, `invalidParameter` for a
    /// negative radius or a shape that is none, each with what to do, and whatever decoding a mask image throws.
    public func mask(for size: Size, limits: ImageDecoder.Limits = .default) throws(GessoError) -> Mask {
        guard depth <= MaskSource.deepest else {
            throw GessoError(
                .invalidParameter, stage: "mask",
                "The mask has \(depth) operations one inside the other, \(MaskSource.deepest) are allowed; "
                    + "combine its parts in one union.",
                facts: ["found": "\(depth)", "allowed": "\(MaskSource.deepest)"])
        }
        let mask: Mask
        if shape.operands.isEmpty, let leaf = try shape.leaf(size, limits) {
            // A single shape's own summary says best why it selects nothing.
            mask = leaf
        } else {
            mask = try coverage(size, limits)
        }
        try mask.requireUsable(for: size)
        return mask
    }

    /// The mask, which may be empty.
    private func coverage(_ size: Size, _ limits: ImageDecoder.Limits) throws(GessoError) -> Mask {
        switch shape {
        case .rectangle, .ellipse, .polygon, .strokes, .image:
            do throws(GessoError) {
                if let leaf = try shape.leaf(size, limits) { return leaf }
            } catch {
                guard error.code == .maskEmpty else { throw error }
            }
            return try Mask(size: size, filledWith: 0)
        case .union(let parts):
            var mask = try Mask(size: size, filledWith: 0)
            for part in parts { mask = try mask.union(part.coverage(size, limits)) }
            return mask
        case .intersection(let parts):
            var mask = try Mask(size: size, filledWith: 255)
            for part in parts { mask = try mask.intersection(part.coverage(size, limits)) }
            return mask
        case .subtraction(let from, let remove):
            return try from.coverage(size, limits).subtracting(remove.coverage(size, limits))
        case .inverted(let source): return try source.coverage(size, limits).inverted()
        case .dilated(let source, let pixels):
            guard pixels >= 0 else {
                throw GessoError(
                    .invalidParameter, stage: "mask",
                    "A mask cannot be dilated by \(pixels) pixels; give 0 or more, or erode it.",
                    facts: ["found": "\(pixels)", "allowed": "0 or more"])
            }
            return try source.coverage(size, limits).dilated(by: pixels)
        case .eroded(let source, let pixels): return try source.coverage(size, limits).eroded(by: pixels)
        case .feathered(let source, let radius):
            return try source.coverage(size, limits).feathered(radius: radius)
        case .holesFilled(let source): return try source.coverage(size, limits).holesFilled()
        }
    }
}

extension MaskSource.Shape {
    /// The mask of a shape that is made of no others; nil for operations.
    fileprivate func leaf(_ size: Size, _ limits: ImageDecoder.Limits) throws(GessoError) -> Mask? {
        switch self {
        case .rectangle(let rect): try .rectangle(rect, size: size)
        case .ellipse(let rect): try .ellipse(in: rect, size: size)
        case .polygon(let outlines, let rule): try .polygon(contours: outlines, evenOdd: rule == .evenOdd, size: size)
        case .strokes(let strokes): try .strokes(strokes, size: size)
        case .image(let data, let polarity): try Mask(decoding: data, polarity, for: size, limits)
        default: nil
        }
    }
}

extension Mask {
    /// A mask image of the upright size, oriented upright.
    fileprivate init(
        decoding data: Data, _ polarity: MaskSource.Polarity, for size: Size, _ limits: ImageDecoder.Limits
    ) throws(GessoError) {
        let upright = try OrientedOverlay(data, for: size, stage: "mask", noun: "mask", limits: limits).bitmap
        switch polarity {
        case .alpha: try self.init(alphaOf: upright)
        case .white: try self.init(luminanceOf: upright)
        case .black: try self.init(luminanceOf: upright, blackMeansEdit: true)
        }
    }
}
