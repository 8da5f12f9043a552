package import GessoCodecs
import GessoPixels

extension Pipeline.Plan {
    /// The most bytes at a time while the plan is carried out and its result is encoded: the codec's working memory and
    /// the file are counted beside the pixels.
    ///
    /// With `searches` the encoder is run several times to meet a byte limit: the best file so far stays, and there may be
    /// a smaller copy of the image.
    package func peakBytes(encodedAs encoding: ImageEncoding, searches: Bool = false) -> Int {
        let (size, format) = (output.size, output.format)
        var encoding = encoding
        if searches, let quality = encoding.quality { encoding = encoding.with(quality: max(quality, 1)) }
        var encoded = output.byteCount.saturatingAdding(encoding.workingByteCount(for: size, format: format))
        if searches {
            encoded = encoded.saturatingAdding(output.byteCount)
                .saturatingAdding(encoding.longestFile(for: size, format: format))
        }
        return max(peakBytes, encoded)
    }

    /// The longest file that encoding the result may give.
    func longestFile(encodedAs encoding: ImageEncoding) -> Int {
        encoding.longestFile(for: output.size, format: output.format)
    }
}

extension DecodingMemory {
    /// The most bytes at a time when the decoded image is worked on afterwards, which takes `peak` bytes, its pixels
    /// included: a conversion of colors and the room behind a PNG's pixels come on top.
    package func bytes(before peak: Int) -> Int {
        max(self.peak, peak.saturatingAdding(spare).saturatingAdding(conversion))
    }
}
