import GessoPixels

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
        case .dilated(let source, let pixels): return "\(source.operand) grown by \(pixels) px"
        case .eroded(let source, let pixels): return "\(source.operand) shrunk by \(pixels) px"
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
    public var description: String { summary }
}
