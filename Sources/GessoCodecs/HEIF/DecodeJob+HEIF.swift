import CGessoCodecs
import GessoPixels

extension DecodeJob {
    mutating func decodeHEIF() throws(GessoError) {
        guard gesso_heif_is_available() != 0 else { throw .withoutHEIF(facts.format) }
        guard let source = facts.heif else { throw .truncatedHeader(facts.format, at: bytes.count) }
        let image = source.image
        let deep = options.preserve16Bit && facts.bitsPerChannel > 8
        let format: Bitmap.Format =
            switch (image.color.coding.isGray, image.alpha != nil) {
            case (_, true): deep ? .rgba16 : .rgba8
            case (true, false): deep ? .gray16 : .gray8
            case (false, false): deep ? .rgb16 : .rgb8
            }
        var result = try Bitmap(size: facts.size, format: format, zeroed: false)
        var watch = options.limits.watch
        var started = gesso_heif_now()
        for plane in [image.color, image.alpha].compactMap(\.self) {
            let isAlpha = plane.ids != image.color.ids
            for (index, tile) in plane.tiles.enumerated() {
                let coded = try CodedImage(tile, of: plane.tileSize, source.container, options.limits)
                guard !coded.units.isEmpty else { throw .truncatedHeader(facts.format, at: bytes.count) }
                guard coded.samples == plane.coding else {
                    throw .corruptHeader(facts.format, "tiles with different samples", at: 0)
                }
                let x = index % plane.columns * plane.tileSize.width - image.aperture.x
                let y = index / plane.columns * plane.tileSize.height - image.aperture.y
                var report = gesso_codec_report()
                try result.withCodecImage { target throws(GessoError) in
                    coded.withDriverInput(of: plane.tileSize, isAlpha ? .alpha : image.codePoints) { input in
                        gesso_heif_decode(
                            &input, Int64(x), Int64(y), isAlpha ? 1 : 0, &target, &watch, &started, &report)
                    }
                }
                try report.check(stage: "decode", format: facts.format)
            }
        }
        if image.isPremultiplied {
            try result.withCodecImage { target throws(GessoError) in gesso_heif_unpremultiply(&target) }
        }
        if facts.isTruncated { warnings.append(.truncated(at: bytes.count)) }
        bitmap = result
    }
}

extension CodedImage {
    /// Calls `body` with the coded image in the form that the C driver takes.
    fileprivate func withDriverInput(
        of size: Size, _ points: CodePoints?, _ body: (inout gesso_heif_coded) -> Void
    ) {
        // The bytes of the file, or of this object, are valid during the call.
        let spans = units.map { gesso_heif_span(bytes: $0.start, count: $0.count) }
        spans.withUnsafeBufferPointer { spans in
            var input = gesso_heif_coded()
            input.codec = samples.isAV1 ? GESSO_HEIF_AV1 : GESSO_HEIF_HEVC
            input.configuration = gesso_heif_span(bytes: configuration.start, count: configuration.count)
            input.units = spans.baseAddress
            input.unit_count = spans.count
            input.width = UInt32(clamping: size.width)
            input.height = UInt32(clamping: size.height)
            input.bits = Int32(samples.bits)
            input.is_gray = samples.isGray ? 1 : 0
            let range = points ?? samples.codePoints
            input.is_limited = range.map { $0.isFullRange ? 0 : 1 } ?? 0
            if let points {
                input.has_code_points = 1
                input.primaries = UInt16(clamping: points.primaries)
                input.transfer = UInt16(clamping: points.transfer)
                input.matrix = UInt16(clamping: points.matrix)
                input.is_full_range = points.isFullRange ? 1 : 0
            }
            withExtendedLifetime(self) { body(&input) }
        }
    }
}

extension GessoError {
    static func withoutHEIF(_ format: ImageFormat) -> GessoError {
        GessoError(
            .unsupportedFormat, stage: "decode",
            "For \(format) libheif is missing: install it (libheif1 on Debian), and build Gesso with the package trait HEIF "
                + "(on by default; next to other traits write \"HEIF\" or .defaults) and libheif-dev; "
                + "or use PNG, JPEG or WebP.",
            facts: ["found": format.rawValue, "trait": "HEIF"])
    }
}
