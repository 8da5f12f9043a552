import CGessoCodecs
import GessoPixels

extension DecodeJob {
    /// Decodes the first frame onto the canvas, which is transparent outside it.
    mutating func decodeGIF() throws(GessoError) {
        guard let frame = facts.gifFrame, let rect = facts.frameRect, !rect.isEmpty, let payload = facts.framePayload,
            let data = bytes.slice(payload.lowerBound, payload.count)
        else { throw Self.withoutFrame("it has no frame") }
        guard let palette = bytes.slice(frame.palette.lowerBound, frame.palette.count) else {
            throw Self.withoutFrame("the palette of its first frame is cut off")
        }
        var result = try Bitmap(size: facts.size, format: facts.hasAlpha ? .rgba8 : .rgb8)
        var report = gesso_codec_report()
        var watch = options.limits.watch
        var shape = gesso_gif_frame(
            x: UInt32(rect.x), y: UInt32(rect.y), width: UInt32(rect.width), height: UInt32(rect.height),
            interlaced: frame.isInterlaced ? 1 : 0, transparent: Int32(frame.transparentIndex ?? -1),
            palette: palette.start, colors: Int32(palette.count / 3))
        try result.withCodecImage { image throws(GessoError) in
            gesso_gif_decode(data.start, data.count, &shape, options.level.codecLevel, &image, &watch, &report)
        }
        try handle(report)
        bitmap = result
    }

    private static func withoutFrame(_ why: String) -> GessoError {
        GessoError(
            .corrupt, stage: "decode", "The gif is damaged: \(why); transfer or export the file again.",
            facts: ["format": "gif"])
    }
}

/// The memory that decoding a GIF takes in addition to the pixels: the code table. Frames are decoded directly onto
/// the canvas.
enum GIFMemory {
    static let decoding = 64 << 10
}
