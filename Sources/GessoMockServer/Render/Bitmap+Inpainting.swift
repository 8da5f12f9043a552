import GessoPixels

extension Bitmap {
    /// The image with its unknown pixels interpolated from the known ones around them, as `rgb8`.
    ///
    /// Unknown are the pixels that the mask selects and those that are transparent. Method: pull-push over halved
    /// images (Gortler et al., The Lumigraph, 1996, section 3.4).
    func filledFromSurroundings(where mask: Mask?) throws(GessoError) -> Bitmap {
        var unknown = mask
        if format.hasAlpha {
            let transparent = try Mask(alphaOf: self)
            unknown = try unknown?.united(with: transparent) ?? transparent
        }
        guard let unknown else { return try converted(to: .rgb8) }
        return try converted(to: .rgba8).applyingAlpha(unknown).pushed()
    }

    /// The image over itself at half size, recursively, so that opaque pixels fill the transparent ones.
    private func pushed() throws(GessoError) -> Bitmap {
        let unknown = try Mask(alphaOf: self)
        // An image without any known pixel becomes middle gray.
        guard size.longEdge > 1 else { return try flattened(onto: Color(red: 128, green: 128, blue: 128, alpha: 255)) }
        let opaque = try withoutAlpha()
        guard unknown.boundingBox != nil else { return opaque }
        let half = Size(width: (width + 1) / 2, height: (height + 1) / 2)
        let below = try resized(to: half, filter: .box).pushed().resized(to: size, filter: .triangle)
        return try opaque.replacing(with: below, where: unknown)
    }

    /// The colors regardless of alpha, as `rgb8`.
    private func withoutAlpha() throws(GessoError) -> Bitmap {
        try applyingAlpha(Mask(size: size, filledWith: 0)).converted(to: .rgb8)
    }
}

extension Mask {
    /// The larger coverage of the two masks at each pixel.
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
