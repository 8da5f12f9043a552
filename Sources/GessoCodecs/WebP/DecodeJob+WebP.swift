import CGessoCodecs
import GessoPixels

extension DecodeJob {
    mutating func decodeWebP() throws(GessoError) {
        guard let payload = facts.framePayload, let frame = bytes.slice(payload.lowerBound, payload.count) else {
            throw .truncatedHeader(.webp, at: bytes.count)
        }
        let rect = facts.frameRect ?? Rect(facts.size)
        // A frame on a larger canvas is not scaled: its offset might not be a multiple of the denominator.
        let isWhole = rect == Rect(facts.size)
        scaleDenominator =
            isWhole
            ? options.scaleDenominator(of: facts.size, format: .webp, hasAlpha: facts.hasAlpha) : 1
        let size = facts.size.divided(by: scaleDenominator)
        var result = try Bitmap(
            size: size, format: facts.hasAlpha ? .rgba8 : .rgb8, zeroed: !isWhole || options.level == .lenient)
        var report = gesso_codec_report()
        var watch = options.limits.watch
        var header = gesso_codec_header(width: UInt32(rect.width), height: UInt32(rect.height), channels: 0)
        try result.withCodecImage { image throws(GessoError) in
            if !isWhole {
                image.pixels += rect.y * image.bytes_per_row + rect.x * 4
                image.width = UInt32(rect.width)
                image.height = UInt32(rect.height)
            }
            gesso_webp_decode(frame.start, frame.count, &header, options.level.codecLevel, &image, &watch, &report)
        }
        if report.first_invalid_row > 0 { report.first_invalid_row += Int64(isWhole ? 0 : rect.y) }
        try handle(report)
        bitmap = result
    }
}
