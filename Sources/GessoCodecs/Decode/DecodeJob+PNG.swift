import CGessoCodecs
import GessoPixels

extension DecodeJob {
    mutating func decodePNG() throws(GessoError) {
        try checkPixelData(try checkChunks())
        let deep = options.preserve16Bit && facts.bitsPerChannel == 16
        let format: Bitmap.Format =
            switch (facts.colorModel, facts.hasAlpha) {
            case (_, true): deep ? .rgba16 : .rgba8
            case (.gray, false): deep ? .gray16 : .gray8
            default: deep ? .rgb16 : .rgb8
            }
        let spare =
            facts.bitsPerChannel == 8 && !facts.isProgressive
            ? PNGMemory.spare(facts.size, channels: facts.channels, format) : 0
        // Interlaced rows and the rest of a damaged file are read before they are whole.
        var result = try Bitmap(
            size: facts.size, format: format, spareByteCount: spare, zeroed: facts.isProgressive || !options.strict)
        var report = gesso_codec_report()
        var watch = options.limits.watch
        try result.withCodecImage(spareByteCount: spare) { image throws(GessoError) in
            gesso_png_decode(start, bytes.count, options.strict ? 1 : 0, &image, &watch, &report)
        }
        try settle(report)
        bitmap = result
    }

    /// Deflate cannot shrink below 1 in 1032: less data than that hold no image of this size, however it is made.
    private func checkPixelData(_ count: Int) throws(GessoError) {
        let rowBits = facts.size.width * facts.channels * facts.bitsPerChannel
        let needed = facts.size.height * ((rowBits + 7) / 8) / 1032
        guard options.strict, count < needed else { return }
        throw GessoError(
            .truncated, stage: "decode",
            "The png has \(count) bytes of pixel data, an image of \(facts.size) cannot have less than \(needed); transfer the file again.",
            facts: ["found": "\(count)", "format": "png"])
    }

    /// libpng sees only the chunks of the image; the names and checksums of the rest, and that the image's chunks
    /// stand together (PNG 3rd edition, 5.4 and 5.6), are looked at here. Returns how many bytes of pixel data there are.
    private func checkChunks() throws(GessoError) -> Int {
        var position = 8
        var previous: UInt32 = 0
        var pixelBytes = 0
        var sawPixels = false
        while let length = bytes.uint32(position), let type = bytes.code(position + 4) {
            guard let covered = bytes.slice(position + 4, length + 4), let stated = bytes.uint32(position + 8 + length)
            else { break }
            if type == FourCC.IDAT {
                guard !options.strict || !sawPixels || previous == FourCC.IDAT else {
                    throw Self.damaged("pixel data in two places", position)
                }
                sawPixels = true
                pixelBytes += length
            } else if options.strict, type & 0x2000_0000 != 0 {
                guard FourCC.isLetters(type) else { throw Self.damaged("a chunk without a name", position) }
                let start = covered.buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
                guard Int(gesso_crc32(0, start, covered.count)) == stated else {
                    throw Self.damaged("the checksum of chunk \(FourCC.name(type)) is wrong", position)
                }
            }
            if type == FourCC.IEND { break }
            previous = type
            position += 12 + length
        }
        return pixelBytes
    }

    private static func damaged(_ what: String, _ offset: Int) -> GessoError {
        GessoError(
            .corrupt, stage: "decode",
            "The png is damaged at byte \(offset): \(what); transfer the file again, or decode leniently.",
            facts: ["offset": "\(offset)", "format": "png"])
    }
}
