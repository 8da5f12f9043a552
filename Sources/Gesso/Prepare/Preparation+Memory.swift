import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Preparation {
    /// The bytes of pixels that preparing takes at most: what is reserved before anything is decoded.
    ///
    /// Known from the header: the whole picture on its way to the canvas, or a mask picture while it is decoded.
    static func preparingBytes(
        photo: Data, mask: Selection?, markup: Data?, options: EditOptions
    ) throws(GessoError) -> Int {
        let header = try ImageHeader(probing: photo, limits: options.limits)
        let options = options.resolved(for: header.uprightSize)
        let whole = EditLayout.pipeline(window: nil, header: header, options: options)
        let picture = try whole.explain(FrameShape(header)).peakBytes
        let pixels = header.size.pixelCount ?? Int.max / 32
        // A mask picture is decoded and read; what it selects stays beside the photograph.
        let overlays = (mask?.scratchBytes(pixels: pixels) ?? 0) + (markup == nil ? 0 : 8 * pixels)
        return max(overlays, picture + (mask == nil ? 0 : pixels))
    }

    /// The bytes of pixels that finishing one result takes at most: what is reserved before the original is decoded.
    static func finishingBytes(_ preparations: [Preparation]) -> Int {
        guard let first = preparations.first else { return 0 }
        let areas = preparations.compactMap(\.area)
        return finishingBytes(
            header: first.header, picture: areas.first?.picture ?? first.placement.upright,
            edited: areas.map(\.rect.size), canvases: preparations.map(\.canvas), options: first.options)
    }

    /// The original in its own depth, once more while it is turned upright or encoded; the edited part and the canvas a
    /// few times over, one region after the other, with what came back for each.
    static func finishingBytes(
        header: ImageHeader, picture: Size, edited: [Size], canvases: [Size], options: EditOptions
    ) -> Int {
        func bytes(_ size: Size, _ format: PixelFormat) -> Int {
            Bitmap.byteCount(size: size, format: format) ?? Int.max / 64
        }
        let depth = header.bitsPerChannel > 8 ? 2 : 1
        let original = bytes(picture, header.hasAlpha ? .rgba8 : .rgb8) * depth
        let margin = 2 * options.feather
        let parts = edited.map { bytes(Size(width: $0.width + margin, height: $0.height + margin), .rgba8) }
        let sent = canvases.map { bytes($0, .rgba8) }
        let returned = sent.dropFirst().reduce(0, +)
        return 2 * original + 4 * min(parts.max() ?? original, original) + 6 * (sent.max() ?? 0) + returned
    }
}

extension Selection {
    /// The bytes that making the mask takes at most for a picture of so many pixels.
    fileprivate func scratchBytes(pixels: Int) -> Int {
        // A mask picture is RGBA, once more while it is turned; every operation holds a mask of its own.
        let inner = shape.operands.map { $0.scratchBytes(pixels: pixels) }.max() ?? 0
        if case .image = shape { return 8 * pixels }
        return inner + 2 * pixels
    }
}
