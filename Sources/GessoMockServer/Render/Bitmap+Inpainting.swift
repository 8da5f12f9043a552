import GessoPixels

extension Bitmap {
    /// This image with what is unknown filled from what surrounds it, smoothly: pull-push over halved images
    /// (Gortler et al., The Lumigraph, 1996, 3.4). Unknown is what the mask selects and what is transparent.
    /// Returns `rgb8`.
    func filledFromSurroundings(where mask: Mask?) throws(GessoError) -> Bitmap {
        var unknown = mask
        if format.hasAlpha {
            let transparent = try Mask(alphaOf: self)
            unknown = try unknown?.united(with: transparent) ?? transparent
        }
        guard let unknown else { return try converted(to: .rgb8) }
        return try converted(to: .rgba8).applyingAlpha(unknown).pushed()
    }

    /// Opaque: where alpha is short, the image of half the size shows through.
    private func pushed() throws(GessoError) -> Bitmap {
        let unknown = try Mask(alphaOf: self)
        // Nothing known anywhere ends in a middle gray.
        guard size.longEdge > 1 else { return try flattened(onto: Color(red: 128, green: 128, blue: 128, alpha: 255)) }
        let opaque = try withoutAlpha()
        guard unknown.boundingBox != nil else { return opaque }
        let half = Size(width: (width + 1) / 2, height: (height + 1) / 2)
        let below = try resized(to: half, filter: .box).pushed().resized(to: size, filter: .triangle)
        return try opaque.replacing(with: below, where: unknown)
    }

    /// The colors as they are, `rgb8`, whatever the alpha beside them says.
    private func withoutAlpha() throws(GessoError) -> Bitmap {
        try applyingAlpha(Mask(size: size, filledWith: 0)).converted(to: .rgb8)
    }
}

extension Mask {
    /// Selected in either, by the larger coverage.
    func united(with other: Mask) throws(GessoError) -> Mask {
        var result = coverage
        let rowBytes = result.bytesPerRow
        let size = size
        try result.withUnsafeMutablePixels { target throws(GessoError) in
            other.coverage.withUnsafePixels { source in
                for y in 0..<size.height {
                    for offset in y * rowBytes..<y * rowBytes + size.width {
                        target[offset] = max(target[offset], source[offset])
                    }
                }
            }
        }
        return try Mask(coverage: result)
    }
}
