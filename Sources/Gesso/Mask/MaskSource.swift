public import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What to edit, in upright pixels of the original: a description that becomes a `Mask` once the size is known.
///
/// Shapes combine to expressions, each of which is a value that can be stored as JSON:
///
/// ```swift
/// let sky = MaskSource.rectangle(Rect(x: 0, y: 0, width: 4000, height: 1200))
///     .subtracting(.polygon(roof))
///     .feathered(radius: 20)
/// ```
public struct MaskSource: Sendable, Hashable {
    /// How a mask file says "edit here".
    package enum Polarity: String, Sendable, Codable, CaseIterable {
        /// Alpha 0 is edit: the Images API's own.
        case alpha
        /// White is edit: most other tools.
        case white
        /// Black is edit.
        case black
    }

    indirect enum Shape: Sendable, Hashable {
        case rectangle(Rect)
        case ellipse(Rect)
        case polygon([[Point]], Mask.FillRule)
        case strokes([Mask.BrushStroke])
        case image(Data, Polarity)
        case union([MaskSource])
        case intersection([MaskSource])
        case subtraction(from: MaskSource, remove: MaskSource)
        case inverted(MaskSource)
        case dilated(MaskSource, by: Int)
        case eroded(MaskSource, by: Int)
        case feathered(MaskSource, radius: Int)
        case holesFilled(MaskSource)
    }

    let shape: Shape
    /// How many operations lie one inside the other.
    let depth: Int

    init(_ shape: Shape) {
        self.shape = shape
        depth = 1 + (shape.operands.map(\.depth).max() ?? 0)
    }

    /// Everything in a rectangle; parts outside of the image are left out.
    public static func rectangle(_ rect: Rect) -> MaskSource { MaskSource(.rectangle(rect)) }

    /// The ellipse that touches all four sides of `rect`, with a smooth edge.
    public static func ellipse(in rect: Rect) -> MaskSource { MaskSource(.ellipse(rect)) }

    /// The inside of a polygon of at least 3 points, with a smooth edge; the last point is joined to the first.
    public static func polygon(_ points: [Point], evenOdd: Bool = false) -> MaskSource {
        polygon(outlines: [points], evenOdd: evenOdd)
    }

    /// What several closed outlines enclose together; with `evenOdd`, an outline inside another one cuts a hole.
    public static func polygon(outlines: [[Point]], evenOdd: Bool = false) -> MaskSource {
        MaskSource(.polygon(outlines, evenOdd ? .evenOdd : .nonZero))
    }

    /// What a round brush of `radius` pixels covers on its way from point to point.
    public static func stroke(_ points: [Point], radius: Double) -> MaskSource {
        strokes([Mask.BrushStroke(points, radius: radius)])
    }

    /// What several brush strokes cover; the same as their union.
    package static func strokes(_ strokes: [Mask.BrushStroke]) -> MaskSource { MaskSource(.strokes(strokes)) }

    /// A mask image (PNG, WebP or JPEG) of exactly the original's upright size, where alpha 0 means edit: the Images API's own.
    public static func image(_ data: Data) -> MaskSource { image(data, polarity: .alpha) }

    /// A mask image (PNG, WebP or JPEG) of exactly the original's upright size, where white means edit, as in most other tools,
    /// or else black does.
    public static func image(_ data: Data, whiteMeansEdit: Bool) -> MaskSource {
        image(data, polarity: whiteMeansEdit ? .white : .black)
    }

    package static func image(_ data: Data, polarity: Polarity) -> MaskSource { MaskSource(.image(data, polarity)) }
}

extension MaskSource {
    /// The mask in words, for plans and logs: no coordinates of outlines and no image data.
    public var summary: String {
        guard depth <= MaskSource.deepest else { return "\(depth) operations one inside the other" }
        switch shape {
        case .rectangle(let rect): return "rectangle \(rect)"
        case .ellipse(let rect): return "ellipse in \(rect)"
        case .polygon(let outlines, let rule):
            let shape = outlines.count == 1 ? "polygon" : "\(outlines.count) outlines"
            let points = outlines.reduce(0) { $0 + $1.count }
            return "\(shape) of \(points) points" + (rule == .evenOdd ? ", even-odd" : "")
        case .strokes(let strokes):
            let points = strokes.reduce(0) { $0 + $1.points.count }
            return "\(strokes.count) brush \(strokes.count == 1 ? "stroke" : "strokes") of \(points) points"
        case .image(_, let polarity): return "mask image, \(polarity.rawValue) is edit"
        case .union(let parts): return list(parts, "plus", nothing: "nothing")
        case .intersection(let parts): return list(parts, "within", nothing: "everything")
        case .subtraction(let from, let remove): return "\(from.operand) without \(remove.operand)"
        case .inverted(let source): return "all but \(source.operand)"
        case .dilated(let source, let pixels): return "\(source.operand) dilated by \(pixels) px"
        case .eroded(let source, let pixels): return "\(source.operand) eroded by \(pixels) px"
        case .feathered(let source, let radius): return "\(source.operand) softened over \(radius) px"
        case .holesFilled(let source): return "\(source.operand) with its holes filled"
        }
    }

    /// The summary as part of a longer one.
    private var operand: String { shape.operands.isEmpty ? summary : "(\(summary))" }

    private func list(_ parts: [MaskSource], _ word: String, nothing: String) -> String {
        guard !parts.isEmpty else { return nothing }
        let shown = parts.prefix(4).map(\.operand).joined(separator: " \(word) ")
        return parts.count > 4 ? "\(shown) \(word) \(parts.count - 4) more" : shown
    }
}

extension MaskSource: CustomStringConvertible {
    /// The kind of selection and its measures, as a plan shows them.
    public var description: String { summary }
}
