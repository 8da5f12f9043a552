package import GessoPixels

extension DecodeOptions {
    /// The size that a sound file with this header is decoded to, as stored, or a larger one.
    ///
    /// It is the file's own unless ``targetSize`` lets JPEG and WebP decode to a smaller image. No pixel is touched: for
    /// reserving memory.
    package func decodedSize(of header: ImageHeader) -> Size {
        // A frame on a larger canvas is decoded in full; only the whole file tells whether there is one.
        guard header.frameCount == 1 else { return header.size }
        return header.size.divided(by: scaleDenominator(of: header.size, format: header.format))
    }

    /// The largest denominator the format's decoder knows that leaves at least twice the target on both sides.
    func scaleDenominator(of size: Size, format: ImageFormat) -> Int {
        guard let targetSize, !targetSize.isEmpty else { return 1 }
        let denominators: [Int] =
            switch format {
            case .jpeg: [2, 4, 8]
            case .webp: Array(2...64)
            default: []
            }
        let fits = denominators.filter { denominator in
            size.width / denominator / 2 >= targetSize.width && size.height / denominator / 2 >= targetSize.height
        }
        return fits.max() ?? 1
    }
}

extension Size {
    /// Divided and rounded up, as the codecs do it.
    func divided(by denominator: Int) -> Size {
        Size(width: (width + denominator - 1) / denominator, height: (height + denominator - 1) / denominator)
    }
}
