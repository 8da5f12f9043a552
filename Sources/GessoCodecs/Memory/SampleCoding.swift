package import GessoPixels

/// How a file codes its samples, as far as the memory of a decoder depends on it.
package struct SampleCoding: Sendable, Hashable, Codable {
    /// JPEG: the sampling factors of each component across and down (ITU-T T.81, A.1.1).
    package internal(set) var sampling: [Size] = []
    /// JPEG: whether the samples come in several scans, progressive or a component at a time. The decoder then holds the
    /// coefficients of the whole image.
    package internal(set) var hasSeveralScans = false
    /// WebP: whether the bitstream is VP8L, which the decoder holds as a whole in 32 bits a pixel.
    package internal(set) var isLossless = false
    /// WebP: whether the alpha of a lossy image is coded apart (ALPH).
    package internal(set) var hasAlphaPlane = false
    /// The length of the bitstream of the image or its first frame; only for WebP.
    package internal(set) var bitstreamByteCount = 0
    /// The length of the color profile, inflated; 0 without one.
    package internal(set) var profileByteCount = 0
}
