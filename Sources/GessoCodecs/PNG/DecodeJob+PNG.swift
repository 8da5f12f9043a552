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
        // Interlaced images and damaged files are decoded into rows that are not complete yet.
        var result = try Bitmap(
            size: facts.size, format: format, spareByteCount: spare,
            zeroed: facts.isProgressive || options.level == .lenient)
        var report = gesso_codec_report()
        var watch = options.limits.watch
        try result.withCodecImage(spareByteCount: spare) { image throws(GessoError) in
            gesso_png_decode(bytes.start, bytes.count, options.level.codecLevel, &image, &watch, &report)
        }
        try handle(report)
        bitmap = result
    }

    /// Throws `truncated` if there is less pixel data than deflate needs at least: it cannot compress by more than
    /// 1032.
    private func checkPixelData(_ count: Int) throws(GessoError) {
        let rowBits = facts.size.width * facts.channels * facts.bitsPerChannel
        let needed = facts.size.height * ((rowBits + 7) / 8) / 1032
        guard options.level != .lenient, count < needed else { return }
        throw GessoError(
            .truncated, stage: "decode",
            "The png has \(count) bytes of pixel data, an image of \(facts.size) cannot have less than \(needed); transfer the file again.",
            facts: ["found": "\(count)", "format": "png"])
    }

    /// Checks what libpng does not see, because it gets only the image's chunks: the names and checksums of the other
    /// chunks, and that the IDAT chunks are consecutive (PNG 3rd edition, 5.4 and 5.6). Returns the number of bytes of
    /// pixel data.
    private mutating func checkChunks() throws(GessoError) -> Int {
        var reader = PNGChunks(bytes)
        var previous: UInt32 = 0
        var pixelBytes = 0
        var sawPixels = false
        while let chunk = reader.next(), chunk.checked != nil {
            if chunk.type == FourCC.IDAT {
                guard options.level == .lenient || !sawPixels || previous == FourCC.IDAT else {
                    throw Self.damaged("pixel data in two places", chunk.offset)
                }
                sawPixels = true
                pixelBytes += chunk.length
            } else if chunk.type & 0x2000_0000 != 0 {
                if !FourCC.isLetters(chunk.type) {
                    try note("a chunk without a name", chunk.offset, isBlemish: sawPixels)
                } else if !chunk.isIntact {
                    try note(
                        "the checksum of chunk \(FourCC.name(chunk.type)) is wrong", chunk.offset,
                        // libpng ignores the transparency then.
                        isBlemish: chunk.type != FourCC.tRNS)
                }
            }
            if chunk.type == FourCC.IEND { break }
            previous = chunk.type
        }
        return pixelBytes
    }

    /// Adds a warning about a chunk, or throws `corrupt` if the level does not accept it.
    private mutating func note(_ what: String, _ offset: Int, isBlemish: Bool) throws(GessoError) {
        guard options.level == .lenient || isBlemish && options.level == .standard else {
            throw Self.damaged(what, offset)
        }
        guard warnings.count < GESSO_CODEC_MOST_WARNINGS else { return }
        warnings.append(.codec("\(what), at byte \(offset)"))
    }

    private static func damaged(_ what: String, _ offset: Int) -> GessoError {
        GessoError(
            .corrupt, stage: "decode",
            "The png is damaged at byte \(offset): \(what); transfer the file again, or decode at another level.",
            facts: ["offset": "\(offset)", "format": "png"])
    }
}
