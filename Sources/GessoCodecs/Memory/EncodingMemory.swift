package import GessoPixels

extension ImageEncoding {
    /// The bytes that encoding a bitmap of that size and format takes beside its pixels, at most: the codec's working
    /// memory and the file. Nothing is allocated to find out.
    ///
    /// Made for the worst content, noise: photographs take less. See `JPEGMemory`, `PNGMemory` and `WebPMemory` for where
    /// the figures come from. WebP is the dearest by far, up to 100 bytes a pixel.
    package func workingByteCount(for size: Size, format: Bitmap.Format) -> Int {
        // No format has longer sides.
        guard size.longEdge <= Int(Int32.max) else { return Int.max / 2 }
        return switch self {
        case .png(let effort, let reduces): PNGMemory.encoding(size, format, effort, reduces: reduces)
        case .jpeg(let quality, let subsampling, _):
            JPEGMemory.encoding(size, format, quality: quality, subsampling)
        case .webp(let quality, let method, _):
            WebPMemory.encoding(size, format, quality: quality, method: method)
        case .webpLossless(let effort, let nearLossless):
            WebPMemory.encodingLossless(size, format, effort: effort, nearLossless: nearLossless)
        }
    }

    /// The longest file that encoding a bitmap of that size and format may give.
    package func longestFile(for size: Size, format: Bitmap.Format) -> Int {
        let samples = (size.pixelCount ?? Int.max / 16).saturatingMultiplied(by: format.bytesPerPixel)
        switch self {
        case .png: return samples.saturatingAdding(samples / 256).saturatingAdding(min(size.height, 1 << 31) + 4096)
        case .webpLossless:
            return max(samples, (size.pixelCount ?? 0).saturatingMultiplied(by: 3)).saturatingAdding(4096)
        case .jpeg(_, let subsampling, _): return (subsampling == .none ? samples : samples / 2).saturatingAdding(4096)
        case .webp(_, _, _): return (format.hasAlpha ? samples : samples / 2).saturatingAdding(4096)
        }
    }
}

extension JPEGPatch {
    /// The bytes that replacing blocks of a file with this header takes beside the given pixels, at most: the
    /// coefficients of the whole image, and the new file.
    package static func workingByteCount(for header: ImageHeader) -> Int { JPEGMemory.replacing(header) }
}
