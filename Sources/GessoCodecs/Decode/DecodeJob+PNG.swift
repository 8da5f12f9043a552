import CGessoCodecs
import GessoPixels

extension DecodeJob {
    mutating func decodePNG() throws(GessoError) {
        if options.strict { try checkAncillaryChunks() }
        let deep = options.preserve16Bit && facts.bitsPerChannel == 16
        let format: PixelFormat =
            switch (facts.colorModel, facts.hasAlpha) {
            case (_, true): deep ? .rgba16 : .rgba8
            case (.gray, false): deep ? .gray16 : .gray8
            default: deep ? .rgb16 : .rgb8
            }
        // Interlaced rows and the rest of a damaged file are read before they are whole.
        var result = try Bitmap(size: facts.size, format: format, zeroed: facts.isProgressive || !options.strict)
        var report = gesso_codec_report()
        var watch = options.limits.watch
        try result.withCodecImage { image throws(GessoError) in
            gesso_png_decode(start, bytes.count, options.strict ? 1 : 0, &image, &watch, &report)
        }
        try settle(report)
        bitmap = result
    }

    /// libpng sees only the chunks of the picture; the checksums of the rest are looked at here.
    private func checkAncillaryChunks() throws(GessoError) {
        var position = 8
        while let length = bytes.uint32(position), let type = bytes.uint8(position + 4) {
            guard let covered = bytes.slice(position + 4, length + 4), let stated = bytes.uint32(position + 8 + length)
            else { return }
            let isEnd = covered.matches("IEND", at: 0)
            if type & 0x20 != 0 {
                let begin = covered.buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
                guard Int(gesso_crc32(0, begin, covered.count)) == stated else {
                    throw GessoError(
                        .corrupt, stage: "decode",
                        "The checksum of chunk \(covered.tag(0) ?? "?") at byte \(position) is wrong; transfer the file again, or decode leniently.",
                        facts: ["offset": "\(position)", "format": "png"])
                }
            }
            if isEnd { return }
            position += 12 + length
        }
    }
}
