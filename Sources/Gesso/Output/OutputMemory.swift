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

extension Rendition {
    /// The most bytes at a time while these outputs are made one after the other of a frame of that shape, the frame
    /// included.
    ///
    /// With `consumesFrame` the frame ends with the last output, in the order of ``makingOrder(of:)``.
    static func peakBytes(
        of renditions: [Rendition], from shape: Frame.Shape, consumesFrame: Bool = false
    ) throws(GessoError) -> Int {
        var (peak, files) = (shape.byteCount, 0)
        let order = makingOrder(of: renditions)
        for (position, index) in order.enumerated() {
            let isLast = consumesFrame && position == order.count - 1
            let encoding = renditions[index].encoding ?? .png
            var most = 0
            var made: Frame.Shape?
            var before = shape
            for stage in renditions[index].pipeline.simpleStages {
                let after = try stage.plan(before)
                if !(before == after && stage is any SkippingStage) {
                    most = max(
                        most,
                        shape.byteCount.saturatingAdding(made?.byteCount ?? 0).saturatingAdding(after.byteCount)
                            .saturatingAdding(stage.scratchBytes(before)))
                    made = after
                }
                before = after
            }
            let frame = isLast && made != nil ? 0 : shape.byteCount
            let encoded = frame.saturatingAdding(made?.byteCount ?? 0)
                .saturatingAdding(encoding.workingByteCount(for: before.size, format: before.format))
            peak = max(peak, max(most, encoded).saturatingAdding(files))
            files = files.saturatingAdding(encoding.longestFile(for: before.size, format: before.format))
        }
        return peak
    }

    /// The indices of renditions in the order in which they are made: thumbnails first, so that the frame can end with a
    /// whole image.
    static func makingOrder(of renditions: [Rendition]) -> [Int] {
        renditions.indices.filter { renditions[$0].bounds != nil }
            + renditions.indices.filter { renditions[$0].bounds == nil }
    }
}
