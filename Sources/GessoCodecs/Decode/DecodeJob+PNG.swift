import CGessoCodecs
import GessoPixels

extension DecodeJob {
    mutating func decodePNG() throws(GessoError) {
        if options.strict { try checkChunks() }
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

    /// libpng sees only the chunks of the picture; the checksums of the rest, and that the picture's chunks
    /// stand together (PNG 3rd edition, 5.6), are looked at here.
    private func checkChunks() throws(GessoError) {
        var position = 8
        var previous: UInt32 = 0
        var sawPixels = false
        while let length = bytes.uint32(position), let type = bytes.code(position + 4) {
            guard let covered = bytes.slice(position + 4, length + 4), let stated = bytes.uint32(position + 8 + length)
            else { return }
            if type == FourCC.IDAT {
                guard !sawPixels || previous == FourCC.IDAT else {
                    throw Self.damaged("pixel data in two places", position)
                }
                sawPixels = true
            } else if type & 0x2000_0000 != 0 {
                let start = covered.buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
                guard Int(gesso_crc32(0, start, covered.count)) == stated else {
                    throw Self.damaged("the checksum of chunk \(FourCC.name(type)) is wrong", position)
                }
            }
            if type == FourCC.IEND { return }
            previous = type
            position += 12 + length
        }
    }

    private static func damaged(_ what: String, _ offset: Int) -> GessoError {
        GessoError(
            .corrupt, stage: "decode",
            "The png is damaged at byte \(offset): \(what); transfer the file again, or decode leniently.",
            facts: ["offset": "\(offset)", "format": "png"])
    }
}
