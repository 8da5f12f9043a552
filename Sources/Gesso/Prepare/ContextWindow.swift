import GessoPixels
import ImagesAPI

/// The part of a large photograph that is sent for a small edit: the edit and what surrounds it.
///
/// A whole 24-megapixel photograph reaches a model at a fraction of its size and comes back soft; a window around the
/// edit keeps its pixels. Uploads and input tokens shrink with it.
public struct ContextWindow: Sendable, Hashable, Codable {
    /// How much of the edit's own size is shown on each side of it.
    public var context: Double
    /// The shortest side of a window, in pixels.
    public var minimumSide: Int

    public init(context: Double = 0.75, minimumSide: Int = 512) {
        self.context = context
        self.minimumSide = minimumSide
    }

    /// The window for an edit of `area`; nil when sending the whole picture shows the edit as large.
    public func rect(
        around area: Rect, in picture: Size, sizes: ModelProfile.Sizes, longEdge: Int?
    ) throws(GessoError) -> Rect? {
        let whole = try CanvasPlan(for: picture, sizes: sizes, longEdge: longEdge)
        let wholeScale = Double(whole.scaled.width) / Double(picture.width)
        guard wholeScale < 1 else { return nil }
        var window = grown(area, in: picture, limit: longEdge ?? Int.max)
        var plan = try CanvasPlan(for: window.size, sizes: sizes, longEdge: longEdge)
        // Real surroundings instead of padding, where the picture has them.
        let scale = Double(plan.scaled.width) / Double(window.width)
        let filled = Size(
            width: min(picture.width, max(window.width, Int((Double(plan.canvas.width) / scale).rounded(.down)))),
            height: min(picture.height, max(window.height, Int((Double(plan.canvas.height) / scale).rounded(.down)))))
        window = ContextWindow.centred(filled, on: window, in: picture)
        plan = try CanvasPlan(for: window.size, sizes: sizes, longEdge: longEdge)
        let windowScale = Double(plan.scaled.width) / Double(window.width)
        return windowScale > wholeScale * 1.25 ? window : nil
    }

    private func grown(_ area: Rect, in picture: Size, limit: Int) -> Rect {
        func side(_ length: Int, in whole: Int) -> Int {
            let wanted = max(minimumSide, length + 2 * max(64, Int(Double(length) * context)))
            // Rather less context than fewer pixels of the edit itself.
            return min(whole, wanted, max(limit, length + 2 * 64))
        }
        let wanted = Size(
            width: side(area.width, in: picture.width), height: side(area.height, in: picture.height))
        return ContextWindow.centred(wanted, on: area, in: picture)
    }

    /// A rectangle of that size around the middle of another, moved inside the picture.
    private static func centred(_ size: Size, on area: Rect, in picture: Size) -> Rect {
        let x = area.x + area.width / 2 - size.width / 2
        let y = area.y + area.height / 2 - size.height / 2
        return Rect(
            x: min(max(0, x), picture.width - size.width), y: min(max(0, y), picture.height - size.height),
            width: size.width, height: size.height)
    }
}
