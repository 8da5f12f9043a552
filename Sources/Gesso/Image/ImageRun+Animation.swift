import GessoCodecs
import GessoPixels

extension ImageRun {
    /// Whether an output keeps the frames of an animation. Throws `invalidParameter` for an output that cannot.
    ///
    /// A stage that looks at the pixels to decide the geometry would decide it anew for each frame.
    static func keepsFrames(
        of header: ImageHeader, _ stages: [any Stage], _ outputs: [Output]
    ) throws(GessoError) -> Bool {
        let animated = outputs.filter(\.isAnimated)
        guard !animated.isEmpty, header.frameCount > 1 else { return false }
        guard [.gif, .webp, .png].contains(header.format) else {
            throw GessoError(
                .unsupportedFeature, stage: "decode",
                "The \(header.format) has \(header.frameCount) frames, of which only the first can be decoded; leave out "
                    + "animated, or give a GIF, WebP or PNG.",
                facts: ["format": header.format.rawValue, "found": "\(header.frameCount)"])
        }
        for output in animated {
            let unsteady = Pipeline(stages + output.stages).simpleStages.first { stage in
                stage is Trim || (stage as? Resize).map { $0.fit == .cover && $0.gravity == .attention } ?? false
            }
            if let unsteady {
                throw GessoError(
                    .invalidParameter, stage: unsteady.name,
                    "\(unsteady.name) looks at the pixels of one frame, and the frames of an animation must stay alike; leave it "
                        + "out, choose another gravity, or leave out animated to take the first frame.",
                    facts: ["stage": unsteady.name])
            }
            guard output.encoding.format == .webp else { throw .animatedOutput(output.encoding.format) }
            guard output.maxBytes == nil else {
                throw GessoError(
                    .invalidParameter, stage: "encode",
                    "A limit of bytes is for still images; leave it out, or leave out animated to take the first frame.",
                    facts: ["parameter": "maxBytes"])
            }
        }
        return true
    }

    /// Decodes frame after frame and gives each to every animated output; the still ones get the first frame.
    func animate() throws(GessoError) -> [EncodedImage] {
        let metadata = try ImageMetadata(of: data, policy: image.metadataPolicy, limits: image.limits)
        var reader = try AnimationReader(data, options: decode)
        var encoders = [AnimationEncoder?](repeating: nil, count: outputs.count)
        var images = [EncodedImage?](repeating: nil, count: outputs.count)
        var profiles = [ColorProfile?](repeating: nil, count: outputs.count)
        var warnings = [[ImageDecoder.Warning]](repeating: [], count: outputs.count)
        while let (bitmap, milliseconds) = try reader.next() {
            var frame = Frame(bitmap: bitmap, profile: reader.profile, orientation: header.orientation)
            try PixelWork.onFrame { () throws(GessoError) in try common.run(&frame) }
            for (index, output) in outputs.enumerated() {
                guard output.isAnimated else {
                    if images[index] == nil { images[index] = try encode(output, frame, metadata) }
                    continue
                }
                var finished = frame
                try PixelWork.onFrame { () throws(GessoError) in try Pipeline(output.stages).run(&finished) }
                profiles[index] = finished.profile
                warnings[index] += finished.warnings
                let encoder: AnimationEncoder
                if let first = encoders[index] {
                    encoder = first
                } else {
                    encoder = try AnimationEncoder(
                        size: finished.bitmap.size, plays: reader.plays, as: output.encoding)
                    encoders[index] = encoder
                }
                try encoder.add(finished.bitmap, milliseconds: milliseconds)
            }
        }
        for (index, encoder) in encoders.enumerated() {
            guard let encoder else { continue }
            var file = try encoder.finish(profile: profiles[index], metadata: metadata)
            file.prepend(warnings[index] + metadata.warnings)
            images[index] = file
        }
        return images.compactMap { $0 }
    }
}

extension MemoryPlan {
    /// For an animation: the canvas, a copy of it, the frame on it, the stages, and for each animated output the canvases
    /// of libwebp's encoder and its encoded frames.
    init(
        animation header: ImageHeader, decoding: DecodingMemory, common: Pipeline.Plan, branches: [Int],
        animations: [(size: Size, encoding: ImageEncoding)]
    ) {
        let canvas = Bitmap.byteCount(size: header.size, format: .rgba8) ?? Int.max / 8
        let work = max(common.peakBytes, common.output.byteCount.saturatingAdding(branches.max() ?? 0))
        let encoders = animations.reduce(0) { sum, animation in
            let pixels = animation.size.pixelCount ?? Int.max / 1024
            let frames = pixels.saturatingMultiplied(by: header.frameCount)
                .saturatingMultiplied(by: animation.encoding.isLossless ? 3 : 1)
            // Three canvases and the frame of 32 bits, and the encoder's tokens or references of two candidates.
            let encoding = animation.encoding.workingByteCount(for: animation.size, format: .rgba8)
            return sum.saturatingAdding(pixels.saturatingMultiplied(by: 16)).saturatingAdding(frames)
                .saturatingAdding(encoding)
        }
        self.init(
            bytes: canvas.saturatingMultiplied(by: 4).saturatingAdding(decoding.working).saturatingAdding(work)
                .saturatingAdding(encoders), isParallel: false)
    }
}
