public import GessoPixels

/// How large outputs may become: what room they need is known before the request is paid for.
public enum OutputEstimate {
    /// The largest usual size where the server chooses one, in pixels.
    public static let serverChosenSize = Size(width: 1_536, height: 1_024)

    /// Bytes of the outputs of so many images of this size at most: pixels that do not compress.
    public static func bytes(of renditions: [Rendition], size: Size, images: Int, bytesPerSample: Int = 1) -> Int {
        renditions.reduce(0) { sum, rendition in
            let bounds = rendition.bounds ?? size
            // An output fills its box at most.
            let pixels = min(bounds.pixelCount ?? Int.max / 64, Int.max / 64)
            let one = pixels.multipliedReportingOverflow(
                by: 4 * min(max(bytesPerSample, 1), 8) * min(max(images, 1), 1_000))
            return one.overflow ? Int.max / 2 : min(sum + one.partialValue + 65_536, Int.max / 2)
        }
    }

    /// Bytes of all outputs of an edit at most.
    public static func bytes(of renditions: [Rendition], for preparations: [Preparation]) -> Int {
        guard let first = preparations.first else { return 0 }
        return bytes(
            of: renditions, size: first.area?.imageSize ?? first.placement.upright, images: first.options.n ?? 1,
            bytesPerSample: first.header.bitsPerChannel > 8 ? 2 : 1)
    }
}

extension Rendition {
    /// Throws `limitExceeded` when the budget could never afford these outputs of an image of that size.
    public static func requireBudget(
        for renditions: [Rendition], of size: Size, budget: PixelBudget = .shared
    ) throws(GessoError) {
        guard !renditions.isEmpty else { return }
        let shape = Frame.Shape(size: size, format: .rgba8)
        try budget.require(try Rendition.peakBytes(of: renditions, from: shape))
    }
}

extension PixelBudget {
    /// Throws `limitExceeded` when the whole budget is smaller than this, so that waiting would be in vain.
    func require(_ bytes: Int) throws(GessoError) {
        guard bytes > limit else { return }
        throw GessoError(
            .limitExceeded, stage: "budget",
            "Finishing would need \(bytes) bytes of pixels and the whole budget is \(limit); raise the budget or ask for a "
                + "smaller image. Nothing was sent.",
            facts: ["found": "\(bytes)", "allowed": "\(limit)"])
    }
}
