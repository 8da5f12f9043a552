/// What new pixels around a picture look like, whatever their alpha: a model sees colour under alpha 0 too.
public enum PadFill: Hashable, Sendable, Codable {
    /// The nearest pixel of the picture's edge, carried outwards.
    case extendEdges
    /// The picture mirrored at its edges and blurred.
    case blurredMirror
    /// The picture's mean colour, weighted by alpha.
    case mean
    /// One colour; its alpha is not looked at.
    case color(Color)
}
