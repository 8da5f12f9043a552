import CGessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The state of one encode: the pixels, their color profile and the metadata to write.
struct EncodeJob {
    let bitmap: Bitmap
    let profile: ColorProfile?
    var metadata = ImageMetadata.none

    typealias Driver = (
        _ image: inout gesso_codec_image, _ profile: UnsafePointer<UInt8>?, _ profileCount: Int,
        _ watch: inout gesso_codec_watch, _ output: inout gesso_codec_output, _ report: inout gesso_codec_report
    ) -> Void

    /// Runs a C driver over the pixels and returns its output.
    func run(_ format: ImageFormat, _ driver: Driver) throws(GessoError) -> Data {
        try Self.checkSides(bitmap.size, format, remedy: "scale it down or choose PNG")
        var output = gesso_codec_output()
        var report = gesso_codec_report()
        // No time limit, because the pixels are not from outside; but encoding can be cancelled.
        var watch = gesso_codec_watch(cpu_nanoseconds: 0, is_cancelled: { Task.isCancelled ? 1 : 0 })
        bitmap.withCodecImage(reading: { image in
            if let icc = profile?.icc {
                icc.withUnsafeBytes { bytes in
                    driver(
                        &image, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &watch, &output,
                        &report)
                }
            } else {
                driver(&image, nil, 0, &watch, &output, &report)
            }
        })
        try report.check(stage: "encode", format: format)
        return Data(taking: output)
    }

    /// PNG stores sides in 31 bits and WebP in 14; libjpeg allows 65,500, and libheif decodes 32,768.
    static func checkSides(_ size: Size, _ format: ImageFormat, remedy: String) throws(GessoError) {
        let allowed = format == .png ? 0x7FFF_FFFF : format == .jpeg ? 65_500 : format == .avif ? 32_768 : 16_383
        guard size.longEdge > allowed else { return }
        throw GessoError(
            .sideTooLong, stage: "encode",
            "The image is \(size) pixels, a side of a \(format) may have \(allowed); \(remedy).",
            facts: ["found": "\(size)", "allowed": "\(allowed)", "format": format.rawValue])
    }

    static func require(_ name: String, _ value: Int, in range: ClosedRange<Int>) throws(GessoError) {
        guard !range.contains(value) else { return }
        throw GessoError(
            .invalidParameter, stage: "encode",
            "\(name) is \(value); it must be in \(range.lowerBound)...\(range.upperBound).",
            facts: ["parameter": name, "found": "\(value)", "allowed": "\(range.lowerBound)...\(range.upperBound)"])
    }

    func require(_ fits: Bool, _ format: ImageFormat, remedy: String) throws(GessoError) {
        guard !fits else { return }
        throw GessoError(
            .pixelFormatMismatch, stage: "encode", "A \(format) cannot store \(bitmap.format) pixels; \(remedy).",
            facts: ["found": "\(bitmap.format)", "format": format.rawValue])
    }

    /// The EXIF block for this image.
    func exif(_ profile: ColorProfile?) -> Data? {
        metadata.exif(for: bitmap.size, isSRGB: profile?.isSRGB ?? true)
    }
}

extension GessoError {
    static func metadataTooLong(_ what: String, _ found: Int, allowed: Int, _ format: ImageFormat) -> GessoError {
        GessoError(
            .tooManyBytes, stage: "encode",
            "The \(what) block has \(found) bytes, a \(format) takes \(allowed); keep less metadata, or choose PNG or WebP.",
            facts: ["found": "\(found)", "allowed": "\(allowed)", "what": what, "format": format.rawValue])
    }
}
