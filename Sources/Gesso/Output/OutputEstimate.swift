package import GessoPixels

/// How large outputs may become: what room they need is known before the request is paid for.
package enum OutputEstimate {
    /// The largest usual size where the server chooses one, in pixels.
    package static let serverChosenSize = Size(width: 1_536, height: 1_024)

    /// Bytes of the outputs of so many images of this size at most: pixels that do not compress.
    package static func bytes(of renditions: [Rendition], size: Size, images: Int, bytesPerSample: Int = 1) -> Int {
        renditions.reduce(0) { sum, rendition in
            let bounds = rendition.bounds ?? size
            // An output fills its box at most.
            let pixels = min(bounds.pixelCount ?? Int.max / 64, Int.max / 64)
            let one = pixels.multipliedReportingOverflow(
                by: 4 * min(max(bytesPerSample, 1), 8) * min(max(images, 1), 1_000))
            return one.overflow ? Int.max / 2 : min(sum + one.partialValue + 65_536, Int.max / 2)
        }
    }
}

extension EditPlan {
    /// Bytes of all outputs at most.
    package var outputByteCount: Int {
        OutputEstimate.bytes(
            of: renditions, size: result, images: options.n ?? 1, bytesPerSample: header.bitsPerChannel > 8 ? 2 : 1)
    }
}

extension Rendition {
    /// Throws `limitExceeded` when the budget could never afford these outputs of an image of that size.
    package static func requireBudget(
        for renditions: [Rendition], of size: Size, budget: PixelBudget = .shared
    ) throws(GessoError) {
        guard !renditions.isEmpty else { return }
        let needed = try Rendition.peakBytes(of: renditions, from: Frame.Shape(size: size, format: .rgba8))
        guard needed > budget.limit else { return }
        throw GessoError(
            .limitExceeded, stage: "budget",
            "The thumbnails would take \(needed) bytes of pixels and the whole budget is \(budget.limit); raise the budget "
                + "(GESSO_PIXEL_BUDGET, or --pixel-budget) or ask for a smaller image. Nothing was sent.",
            facts: ["found": "\(needed)", "allowed": "\(budget.limit)"])
    }
}
