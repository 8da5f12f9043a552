extension RequestChecker {
    mutating func checkFormat(_ fields: Fields, _ profile: ModelProfile) {
        let format = fields.outputFormat ?? .png
        if !profile.formats.contains(format) {
            refuse("output_format", "\(profile.model) gives \(profile.formats.listed), not \(format).")
        } else if format == .gif || format == .svg {
            warn("output_format", "\(format) needs the project to have access to it.")
        }
        if fields.background == .transparent, format != .png, format != .webp {
            refuse("background", "A transparent background needs png or webp, not \(format).")
        }
        if let compression = fields.outputCompression {
            if !(0...100).contains(compression) {
                refuse("output_compression", "\(compression) is not within 0...100.")
            }
            if format != .jpeg, format != .webp {
                refuse("output_compression", "It is for jpeg and webp, not for \(format).")
            }
        }
    }

    mutating func checkAnimation(_ fields: Fields, _ profile: ModelProfile) {
        let format = fields.outputFormat ?? .png
        if let count = fields.frameCount, format != .gif || !(2...16).contains(count) {
            refuse("frame_count", "It is for gif, 2 to 16 (found: \(count) for \(format)).")
        }
        if let duration = fields.frameDurationMilliseconds {
            if format != .gif || duration < 20 {
                refuse("frame_duration_ms", "It is for gif, at least 20 (found: \(duration) for \(format)).")
            } else if duration > 655_350 {
                warn("frame_duration_ms", "It is capped at 655350.")
            } else if duration % 10 != 0 {
                warn("frame_duration_ms", "\(duration) is rounded to a multiple of 10.")
            }
        }
        guard format == .gif, case .free(let rule) = profile.sizes, let width = fields.size?.width,
            let height = fields.size?.height
        else { return }
        // Measured by third parties: the frames are generated in one image with 9, 12 or 16 cells.
        let frames = fields.frameCount ?? 9
        let cells = frames <= 9 ? 9 : frames <= 12 ? 12 : 16
        if Double(width) * Double(height) * Double(cells) > Double(rule.maxPixels) {
            warn(
                "size",
                "\(frames) frames are generated in one image of \(cells) cells with at most \(rule.maxPixels) pixels; frames may be smaller "
                    + "than \(width)x\(height).")
        }
    }

    mutating func checkDrawing(_ fields: Fields) {
        let format = fields.outputFormat ?? .png
        if fields.hasSVGOptions, format != .svg { refuse("svg", "It is for svg, not for \(format).") }
        if format == .svg, let n = fields.n, n > 1 { refuse("n", "A request makes one svg; n must be 1.") }
    }

    mutating func checkStream(
        _ format: GenerationRequest.OutputFormat?, streaming: Bool, partialImages: Int, _ profile: ModelProfile
    ) {
        if !(0...3).contains(partialImages) {
            refuse("partial_images", "\(partialImages) is not within 0...3.")
        } else if partialImages > 0, !streaming {
            refuse("partial_images", "Only streams have them.")
        }
        guard streaming else { return }
        if !profile.supportsStreaming { refuse("stream", "\(profile.model) does not stream.") }
        if let format, format == .gif || format == .svg {
            refuse("stream", "A \(format) cannot be streamed; request it without a stream.")
        }
    }
}
