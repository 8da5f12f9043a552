import GessoPixels
import ImagesAPI

/// Where an image goes on a model's canvas: first scaled, then padded, in whole pixels.
struct CanvasFit: Sendable, Hashable, Codable {
    /// The image's size on the canvas.
    let scaled: Size
    /// What is added around it.
    let padding: Pad.Insets
    /// The canvas: a size that the model accepts.
    let canvas: Size

    /// Chooses the canvas that costs the image least detail: no other legal one keeps more of its pixels, and of those that
    /// keep as many, on none does the padding reach less far.
    ///
    /// The image is never cropped and keeps its aspect ratio to the pixel; the rest of the canvas is padding, so that a
    /// image which fits is not resampled. It is scaled down to `longEdge` (when that is given, but not below what fills
    /// the smallest canvas) and to what the model allows, no further. It is enlarged only if `enlarges`, and then to no
    /// more than fills the smallest canvas, or one of fixed sizes up to `longEdge`.
    /// Throws `invalidGeometry` for an image that no canvas of this model can take.
    init(
        for imageSize: Size, sizes: ModelProfile.Sizes, longEdge: Int? = nil, enlarges: Bool = false
    ) throws(GessoError) {
        guard !imageSize.isEmpty else {
            throw GessoError(
                .invalidGeometry, stage: "fit", "The image is empty (\(imageSize)).", facts: ["found": "\(imageSize)"])
        }
        let scaling = Scaling(imageSize, sizes, longEdge, enlarges)
        let candidates: [CanvasFit] =
            switch sizes {
            case .fixed(let canvases): canvases.compactMap { Size($0.rawValue) }.map { scaling.plan(on: $0) }
            case .free(let rule): CanvasFit.free(scaling, rule)
            }
        guard let best = candidates.min(by: { $0.cost < $1.cost }) else {
            throw GessoError(
                .invalidGeometry, stage: "fit", "No size that this model accepts can take an image of \(imageSize).",
                facts: ["found": "\(imageSize)"])
        }
        self = best
    }

    fileprivate init(_ scaled: Size, on canvas: Size) {
        self.scaled = scaled
        self.canvas = canvas
        padding = Pad.Insets(centering: scaled, in: canvas)
    }

    /// Pixels lost, then how far the padding reaches, then how much of it there is.
    private var cost: (Int, Int, Int) {
        (
            -scaled.width * scaled.height, max(canvas.width - scaled.width, canvas.height - scaled.height),
            canvas.width * canvas.height
        )
    }

    /// For each legal width, the image as large as the legal heights take it, on the least of them.
    private static func free(_ scaling: Scaling, _ rule: ModelProfile.FreeSizes) -> [CanvasFit] {
        guard rule.isUsable else { return [] }
        let step = rule.multipleOf
        func up(_ value: Double) -> Int { Int((value / Double(step)).rounded(.up)) * step }
        return stride(from: step, through: rule.maxEdge, by: step).compactMap { width in
            let lowest = max(up(Double(width) / rule.maxRatio), up(Double(rule.minPixels) / Double(width)))
            let bound = min(Double(width) * rule.maxRatio, Double(rule.maxPixels) / Double(width), Double(rule.maxEdge))
            let highest = Int(bound / Double(step)) * step
            guard lowest <= highest else { return nil }
            let scaled = scaling.plan(on: Size(width: width, height: highest)).scaled
            return CanvasFit(scaled, on: Size(width: width, height: max(lowest, up(Double(scaled.height)))))
        }
    }
}

/// How large an image may be on a canvas.
private struct Scaling {
    let imageSize: Size
    /// The longest side that it may have there.
    let edge: Double

    init(_ imageSize: Size, _ sizes: ModelProfile.Sizes, _ longEdge: Int?, _ enlarges: Bool) {
        self.imageSize = imageSize
        let own = Double(imageSize.longEdge)
        switch sizes {
        case .fixed: edge = enlarges ? Double(longEdge ?? .max) : min(own, Double(longEdge ?? .max))
        case .free(let rule):
            // A smaller image than fills the smallest canvas would only be padded more.
            let ratio = max(1 / rule.maxRatio, Double(imageSize.shortEdge) / own)
            let fullest = (Double(rule.minPixels) / ratio).squareRoot().rounded(.up)
            let wanted = enlarges ? max(own, fullest) : own
            edge = min(wanted, max(Double(longEdge ?? .max), fullest))
        }
    }

    func plan(on canvas: Size) -> CanvasFit {
        let (width, height) = (Double(imageSize.width), Double(imageSize.height))
        let factor = min(edge / max(width, height), Double(canvas.width) / width, Double(canvas.height) / height)
        return CanvasFit(
            Size(width: max(1, Int((width * factor).rounded())), height: max(1, Int((height * factor).rounded()))),
            on: canvas)
    }
}
