import CGessoCodecs
package import GessoPixels

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Changes a part of a JPEG without generation loss elsewhere.
///
/// A JPEG consists of blocks of 8 × 8 samples. Only blocks with a changed pixel are encoded again, with the file's own
/// quantizers; all others keep their coefficients. So pixels farther than one MCU (see ``JPEGLayout/mcu``) from a
/// change decode to the same values, however often the file is edited.
package enum JPEGPatch {
    /// The reason why the blocks of a file cannot be replaced; nil if they can.
    ///
    /// The blocks of CMYK files cannot be replaced.
    package static func refusal(for header: ImageHeader) -> GessoError? {
        guard header.format == .jpeg else {
            return GessoError(
                .unsupportedFormat, stage: "patch",
                "The original is a \(header.format), not a JPEG; encode the finished image instead.",
                facts: ["found": header.format.rawValue, "allowed": "jpeg"])
        }
        guard header.colorModel != .cmyk else {
            return GessoError(
                .unsupportedFeature, stage: "patch",
                "The original is a CMYK JPEG, whose blocks cannot be replaced; encode the finished image instead.",
                facts: ["found": "cmyk", "what": "color model"])
        }
        return nil
    }

    /// The original JPEG with the pixels that `touched` selects replaced by those of `image`.
    ///
    /// - Parameters:
    ///   - original: A JPEG: sequential or progressive, with Huffman or arithmetic coding, with or without restart
    ///     markers; gray, RGB, or YCbCr with any integer subsampling.
    ///   - image: The edited image, upright, in the original's color profile; `rgb8` or `gray8`. A gray original takes
    ///     `gray8` only.
    ///   - touched: The mask of the pixels that may differ from the original, feather included, in the size of
    ///     `image`. Where it is 0, `image` is not read.
    ///   - window: The rectangle of the upright original that `image` and `touched` cover; nil means all of it. With a
    ///     window, a large original need not be decoded as a whole.
    /// - Returns: A JPEG of the stored size with the original's quantization tables, subsampling, coding (progressive,
    ///   arithmetic, restart interval, order of scans), profile and orientation, with optimized Huffman tables and
    ///   without other metadata.
    ///
    /// Takes two bytes for each sample of the file (144 MB for 48 megapixels in 4:2:0), limited by
    /// `limits.workingByteCount`, and the new file. Takes about as long as decoding and encoding, at most
    /// `limits.cpuSeconds` of CPU time.
    ///
    /// Throws the errors of ``refusal(for:)`` and of reading the file, `pixelFormatMismatch`, `maskSizeMismatch`, and
    /// `invalidGeometry` for a window outside the image. What `level` does not accept is not patched.
    package static func replacing(
        in original: Data, with image: Bitmap, touched: Mask, window: Rect? = nil,
        limits: ImageDecoder.Limits = .default, level: ImageDecoder.Options.Level = .standard
    ) throws(GessoError) -> EncodedImage {
        try original.withBytes { bytes throws(GessoError) in
            let probe = try HeaderParser(jpeg: bytes, limits: limits)
            if let refusal = refusal(for: probe.header) { throw refusal }
            try check(image, for: probe.header)
            let window = try place(image, touched, at: window, in: probe.header.uprightSize)
            let data = try run(bytes, probe.facts, image, touched, window, limits, level)
            return EncodedImage(data: data, format: .jpeg, size: probe.header.size)
        }
    }

    /// The most memory in bytes that replacing blocks of a file with this header takes, without the given pixels: the
    /// coefficients of the whole image, and the new file.
    package static func workingByteCount(for header: ImageHeader) -> Int { JPEGMemory.replacing(header) }

    private static func check(_ image: Bitmap, for header: ImageHeader) throws(GessoError) {
        let allowed: [Bitmap.Format] = header.colorModel == .gray ? [.gray8] : [.rgb8, .gray8]
        guard !allowed.contains(image.format) else { return }
        let names = allowed.map(\.description).joined(separator: " or ")
        throw GessoError(
            .pixelFormatMismatch, stage: "patch",
            "The image is \(image.format) and the original takes \(names); convert it, or encode it as a new file.",
            facts: ["found": "\(image.format)", "allowed": names])
    }

    private static func place(
        _ image: Bitmap, _ touched: Mask, at window: Rect?, in upright: Size
    ) throws(GessoError) -> Rect {
        try touched.requireSize(image.size)
        let place = window ?? Rect(upright)
        guard place.size == image.size, place.x >= 0, place.y >= 0, place.x <= upright.width - place.width,
            place.y <= upright.height - place.height
        else {
            throw GessoError(
                .invalidGeometry, stage: "patch",
                "An image of \(image.size) does not fit \(place) of an original of \(upright); "
                    + "give the window that it was cropped to.",
                facts: ["found": "\(place)", "allowed": "\(Rect(upright))"])
        }
        return place
    }

    private static func run(
        _ bytes: Bytes, _ facts: ParsedHeader, _ image: Bitmap, _ touched: Mask, _ window: Rect,
        _ limits: ImageDecoder.Limits, _ level: ImageDecoder.Options.Level
    ) throws(GessoError) -> Data {
        var output = gesso_codec_output()
        var report = gesso_codec_report()
        var watch = limits.watch
        var reading = facts.jpegReading(limits, level)
        let weights = touched.coverage
        image.withUnsafePixels { pixels in
            weights.withUnsafePixels { weightPixels in
                (facts.profile?.icc ?? Data()).withUnsafeBytes { icc in
                    let profile = icc.isEmpty ? nil : icc.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    var replacement = gesso_jpeg_replacement(
                        pixels: pixels, bytes_per_row: image.bytesPerRow, channels: Int32(image.format.channels),
                        weights: weightPixels, weights_per_row: weights.bytesPerRow,
                        left: UInt32(window.x), top: UInt32(window.y),
                        width: UInt32(window.width), height: UInt32(window.height),
                        orientation: Int32(facts.orientation.rawValue), profile: profile, profile_count: icc.count)
                    gesso_jpeg_patch(bytes.start, bytes.count, &reading, &replacement, &watch, &output, &report)
                }
            }
        }
        try report.check(stage: "patch", format: .jpeg)
        return Data(taking: output)
    }
}
