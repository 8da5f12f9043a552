import CGessoCodecs
package import GessoPixels

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Changes part of a JPEG and leaves the rest of it as it was coded: no generation loss outside of the change.
///
/// A JPEG is blocks of 8 × 8 samples. Only the blocks that hold a changed pixel are coded anew, with the file's own
/// quantizers; all others keep their coefficients, so pixels farther than one MCU (see ``JPEGLayout/mcu``) from a
/// change decode as before, however often the file is edited.
package enum JPEGPatch {
    /// Why blocks of a file cannot be replaced; nil when they can.
    ///
    /// CMYK files cannot, nor what is no JPEG: encode the finished image instead.
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

    /// The file with the pixels replaced that `touched` covers.
    ///
    /// - Parameters:
    ///   - original: A JPEG of any kind but CMYK: sequential or progressive, Huffman or arithmetic coding, with or
    ///     without restart markers, gray, YCbCr of any whole subsampling, or RGB.
    ///   - image: The edited image, upright, in the original's own profile; `rgb8`, or `gray8`. A gray original
    ///     takes `gray8` only.
    ///   - touched: Where `image` may differ from the original: the weights it was blended by, feather included.
    ///     Size as `image`. Where it is 0 the image is not read.
    ///   - window: Where `image` and `touched` lie in the upright original; nil when they are as large as it. So a
    ///     large photograph need not be decoded as a whole.
    /// - Returns: A JPEG of the stored size with the original's quantization tables, subsampling, coding (progressive,
    ///   arithmetic, restart interval, order of scans), profile and orientation, with optimized Huffman tables. All
    ///   other metadata is left out.
    ///
    /// Holds two bytes for each sample of the file (a 4:2:0 photograph of 48 megapixels: 144 MB), which
    /// `limits.workingByteCount` bounds, and the new file. Takes about as long as decoding and encoding, in all at most
    /// `limits.cpuSeconds` of CPU time.
    ///
    /// Throws `unsupportedFeature` for what ``refusal(for:)`` tells, `pixelFormatMismatch`, `maskSizeMismatch`,
    /// `invalidGeometry` for a window outside of the image, and what reading the file throws; a damaged file is never
    /// patched.
    package static func replacing(
        in original: Data, with image: Bitmap, touched: Mask, window: Rect? = nil, limits: DecodeLimits = .default
    ) throws(GessoError) -> EncodedImage {
        try original.withBytes { bytes throws(GessoError) in
            let probe = try HeaderParser(jpeg: bytes, limits: limits)
            if let refusal = refusal(for: probe.header) { throw refusal }
            try check(image, for: probe.header)
            let window = try place(image, touched, at: window, in: probe.header.uprightSize)
            let data = try run(bytes, probe.facts, image, touched, window, limits)
            return EncodedImage(data: data, format: .jpeg, size: probe.header.size)
        }
    }

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
                "An image of \(image.size) cannot take the place \(place) in an original of \(upright); "
                    + "give the window that it was cut from.",
                facts: ["found": "\(place)", "allowed": "\(Rect(upright))"])
        }
        return place
    }

    private static func run(
        _ bytes: Bytes, _ facts: ParsedHeader, _ image: Bitmap, _ touched: Mask, _ window: Rect, _ limits: DecodeLimits
    ) throws(GessoError) -> Data {
        var output = gesso_codec_output()
        var report = gesso_codec_report()
        var watch = limits.watch
        var reading = facts.jpegReading(limits)
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
