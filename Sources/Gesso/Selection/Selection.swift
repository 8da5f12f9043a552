public import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// How a mask file says "edit here".
public enum MaskPolarity: String, Sendable, Codable, CaseIterable {
    /// Alpha 0 is edit: the Images API's own.
    case alpha
    /// White is edit: most other tools.
    case white
    /// Black is edit.
    case black
}

/// What to edit, in upright pixels of the original: a description that becomes a ``Mask`` once the size is known.
public struct Selection: Sendable, Hashable, Codable {
    enum Shape: Sendable, Hashable, Codable {
        case rectangle(Rect)
        case ellipse(Rect)
        case image(Data, MaskPolarity)
    }

    let shape: Shape

    /// Everything in a rectangle; parts outside of the picture are cut off.
    public static func rectangle(_ rect: Rect) -> Selection { Selection(shape: .rectangle(rect)) }

    /// The ellipse that touches all four sides of `rect`, with a smooth edge.
    public static func ellipse(in rect: Rect) -> Selection { Selection(shape: .ellipse(rect)) }

    /// A mask picture (PNG, WebP or JPEG) of exactly the original's upright size.
    public static func image(_ data: Data, polarity: MaskPolarity = .alpha) -> Selection {
        Selection(shape: .image(data, polarity))
    }

    var summary: String {
        switch shape {
        case .rectangle(let rect): "rectangle \(rect)"
        case .ellipse(let rect): "ellipse in \(rect)"
        case .image(_, let polarity): "mask picture, \(polarity.rawValue) is edit"
        }
    }
}
