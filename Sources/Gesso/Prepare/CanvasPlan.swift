public import GessoPixels
import ImagesAPI

/// Where a picture goes on a model's canvas: first scaled, then padded, in whole pixels.
public struct CanvasPlan: Sendable, Hashable, Codable {
    /// The picture's size on the canvas.
    public let scaled: Size
    /// What is added around it.
    public let padding: Insets
    /// The canvas: a size that the model accepts.
    public let canvas: Size

    /// Chooses the canvas that harms the picture least.
    ///
    /// The picture is never enlarged, never cut and keeps its aspect ratio to the pixel; the rest of the canvas is
    /// padding. It is scaled down to `longEdge` (when that is given) and to what the model allows, no further.
    /// Throws `invalidGeometry` for a picture that no canvas of this model can take.
    public init(
        for picture: Size, sizes: ModelProfile.Sizes, longEdge: Int? = nil
    ) throws(GessoError) {
        guard !picture.isEmpty else {
            throw GessoError(
                .invalidGeometry, stage: "fit", "The picture is empty (\(picture)).", facts: ["found": "\(picture)"])
        }
        let plan: (scaled: Size, canvas: Size)? =
            switch sizes {
            case .fixed(let canvases): CanvasPlan.fixed(picture, canvases.compactMap { Size($0.rawValue) }, longEdge)
            case .free(let rule): CanvasPlan.free(picture, rule, longEdge)
            }
        guard let plan else {
            throw GessoError(
                .invalidGeometry, stage: "fit", "No size that this model accepts can take a picture of \(picture).",
                facts: ["found": "\(picture)"])
        }
        scaled = plan.scaled
        canvas = plan.canvas
        padding = Insets(centring: plan.scaled, in: plan.canvas)
    }

    /// The canvas that keeps most of the picture's pixels; among equals, the one with the least padding.
    private static func fixed(_ picture: Size, _ canvases: [Size], _ longEdge: Int?) -> (scaled: Size, canvas: Size)? {
        let candidates = canvases.map { canvas in (scaled: shrunk(picture, into: canvas, longEdge), canvas: canvas) }
        return candidates.max { a, b in
            let (keepsA, keepsB) = (a.scaled.width * a.scaled.height, b.scaled.width * b.scaled.height)
            if keepsA != keepsB { return keepsA < keepsB }
            return a.canvas.width * a.canvas.height > b.canvas.width * b.canvas.height
        }
    }

    private static func free(
        _ picture: Size, _ rule: ModelProfile.FreeSizes, _ longEdge: Int?
    ) -> (scaled: Size, canvas: Size)? {
        // Scaled down as far as asked, yet not below what fills the smallest canvas; then step by step until one fits.
        var edge = min(picture.longEdge, min(longEdge ?? rule.maxEdge, rule.maxEdge))
        let ratio = max(1 / rule.maxRatio, Double(picture.shortEdge) / Double(picture.longEdge))
        let fullest = (Double(rule.minPixels) / ratio).squareRoot().rounded(.up)
        edge = max(edge, min(picture.longEdge, rule.maxEdge, Int(fullest)))
        while edge >= 1 {
            let scaled = shrunk(picture, into: Size(width: edge, height: edge), nil)
            if let canvas = smallestCanvas(around: scaled, rule) { return (scaled, canvas) }
            edge -= edge % rule.multipleOf == 0 ? rule.multipleOf : edge % rule.multipleOf
        }
        return nil
    }

    /// The smallest legal canvas around a picture; nil when the picture is too large for any.
    private static func smallestCanvas(around picture: Size, _ rule: ModelProfile.FreeSizes) -> Size? {
        let step = rule.multipleOf
        func up(_ value: Double) -> Int { Int((value / Double(step)).rounded(.up)) * step }
        var (width, height) = (up(Double(picture.width)), up(Double(picture.height)))
        // The shorter side grows until the ratio is legal, then until there are enough pixels, then both.
        width = max(width, up(Double(height) / rule.maxRatio))
        height = max(height, up(Double(width) / rule.maxRatio))
        if width * height < rule.minPixels {
            if width < height {
                width = min(height, up(Double(rule.minPixels) / Double(height)))
            } else {
                height = min(width, up(Double(rule.minPixels) / Double(width)))
            }
            let square = up(Double(rule.minPixels).squareRoot())
            if width * height < rule.minPixels { (width, height) = (max(width, square), max(height, square)) }
        }
        guard max(width, height) <= rule.maxEdge, width * height <= rule.maxPixels else { return nil }
        return Size(width: width, height: height)
    }

    /// `picture` scaled down, never up, to lie inside `bounds` and `longEdge`.
    private static func shrunk(_ picture: Size, into bounds: Size, _ longEdge: Int?) -> Size {
        let limit = longEdge ?? Int.max
        let factor = min(
            1, Double(min(bounds.width, limit)) / Double(picture.width),
            Double(min(bounds.height, limit)) / Double(picture.height))
        return Size(
            width: max(1, Int((Double(picture.width) * factor).rounded())),
            height: max(1, Int((Double(picture.height) * factor).rounded())))
    }
}
