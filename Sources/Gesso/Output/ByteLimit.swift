package import GessoCodecs
package import GessoPixels

/// Encodes an image into at most so many bytes: the best quality that fits, and only then a smaller size.
package struct ByteLimit: Sendable, Hashable, Codable {
    package var bytes: Int
    /// The lowest quality that is tried before the image is made smaller, 1…100.
    package var lowestQuality: Int

    package init(bytes: Int, lowestQuality: Int = 40) {
        self.bytes = bytes
        self.lowestQuality = lowestQuality
    }

    /// What a search gave.
    package struct Outcome: Sendable {
        package let image: EncodedImage
        /// The quality that was used; nil for lossless encodings.
        package let quality: Int?
        package let encodes: Int
    }

    /// Encodes `bitmap` as `encoding` says or with a lower quality, and smaller if that is not enough.
    ///
    /// The quality found is the highest that fits; three or four encodes find it, as many again when the image must be
    /// made smaller. Throws `tooManyBytes` when not even the smallest image fits, and when metadata and profile alone do
    /// not.
    package func encode(
        _ bitmap: Bitmap, as encoding: ImageEncoding, profile: ColorProfile? = nil, metadata: ImageMetadata = .none
    ) throws(GessoError) -> Outcome {
        try requireSpace(for: metadata, profile, in: encoding, like: bitmap)
        var resized = bitmap
        var encodes = 0
        let lowest = min(lowestQuality, encoding.quality ?? 100)
        var start = encoding.quality
        while true {
            try GessoError.throwIfCancelled(stage: "encode")
            var search = QualitySearch(
                bitmap: resized, encoding: encoding, profile: profile, metadata: metadata, limit: bytes,
                lowest: lowest)
            let found = try search.run(from: start)
            encodes += search.encodes
            if let found { return Outcome(image: found.image, quality: found.quality, encodes: encodes) }
            guard resized.size.longEdge > 1 else {
                throw GessoError(
                    .tooManyBytes, stage: "encode",
                    "Not even an image of one pixel takes \(bytes) bytes or fewer as \(encoding.format); allow more.",
                    facts: ["allowed": "\(bytes)"])
            }
            // Bytes go with area; a little less than that predicts, so that the next size usually fits.
            let shrink = min(0.95, 0.97 * (Double(bytes) / Double(max(1, search.smallest))).squareRoot())
            let size = Size(
                width: max(1, Int(Double(resized.width) * shrink)), height: max(1, Int(Double(resized.height) * shrink))
            )
            resized = try bitmap.resized(to: size)
            start = encoding.quality == nil ? nil : lowest
        }
    }
}

extension ByteLimit {
    /// Throws `tooManyBytes` if what is written beside the pixels leaves no space for them.
    private func requireSpace(
        for metadata: ImageMetadata, _ profile: ColorProfile?, in encoding: ImageEncoding, like bitmap: Bitmap
    ) throws(GessoError) {
        guard !metadata.isEmpty || profile != nil else { return }
        let pixel = try bitmap.cropped(to: Rect(x: 0, y: 0, width: 1, height: 1))
        let with = try ImageEncoder.encode(pixel, as: encoding, profile: profile, metadata: metadata).data.count
        guard with > bytes else { return }
        let without = try ImageEncoder.encode(pixel, as: encoding).data.count
        throw GessoError(
            .tooManyBytes, stage: "encode",
            "The kept metadata and the color profile alone take \(with - without) bytes of the \(bytes) that are allowed; "
                + "allow more, or keep less metadata.",
            facts: ["found": "\(with - without)", "allowed": "\(bytes)", "what": "metadata"])
    }
}

extension ImageEncoding {
    /// The quality of a lossy encoding; nil for lossless ones.
    var quality: Int? {
        switch self {
        case .jpeg(let quality, _, _): quality
        case .webp(let quality, _, _): quality
        case .avif(let quality, _, _): quality
        case .png, .webpLossless: nil
        }
    }

    /// The same encoding with another quality; lossless ones stay as they are.
    func with(quality: Int) -> ImageEncoding {
        switch self {
        case .jpeg(_, let subsampling, let progressive):
            .jpeg(quality: quality, subsampling: subsampling, progressive: progressive)
        case .webp(_, let method, let alphaQuality):
            .webp(quality: quality, method: method, alphaQuality: alphaQuality)
        case .avif(_, let speed, let subsampling): .avif(quality: quality, speed: speed, subsampling: subsampling)
        case .png, .webpLossless: self
        }
    }
}
