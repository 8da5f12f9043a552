import CGessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One encode: the pixels and what they mean.
struct EncodeJob {
    let bitmap: Bitmap
    let profile: ColorProfile?
    var metadata = ImageMetadata.none

    typealias Driver = (
        _ image: inout gesso_codec_image, _ profile: UnsafePointer<UInt8>?, _ profileCount: Int,
        _ watch: inout gesso_codec_watch, _ output: inout gesso_codec_output, _ report: inout gesso_codec_report
    ) -> Void

    /// Runs a C driver over the pixels and takes its output.
    func run(_ format: ImageFormat, _ driver: Driver) throws(GessoError) -> Data {
        try checkSides(format)
        var output = gesso_codec_output()
        var report = gesso_codec_report()
        // Encoding is our own pixels' work: no time limit, but it can be cancelled.
        var watch = gesso_codec_watch(cpu_nanoseconds: 0, is_cancelled: { Task.isCancelled ? 1 : 0 })
        bitmap.withUnsafePixels { pixels in
            // The drivers read only; the C type is shared with decoding.
            var image = gesso_codec_image(
                pixels: UnsafeMutablePointer(mutating: pixels), bytes_per_row: bitmap.bytesPerRow,
                width: UInt32(bitmap.width), height: UInt32(bitmap.height), channels: Int32(bitmap.format.channels),
                bits: Int32(bitmap.format.bitsPerChannel), capacity: bitmap.byteCount)
            if let icc = profile?.icc {
                icc.withUnsafeBytes { bytes in
                    driver(
                        &image, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &watch, &output,
                        &report)
                }
            } else {
                driver(&image, nil, 0, &watch, &output, &report)
            }
        }
        try report.check(stage: "encode", format: format)
        return Data(taking: output)
    }

    /// PNG counts in 31 bits, JPEG in libjpeg's 65500, WebP in 14 bits.
    private func checkSides(_ format: ImageFormat) throws(GessoError) {
        let allowed = format == .png ? 0x7FFF_FFFF : format == .jpeg ? 65_500 : 16_383
        guard bitmap.size.longEdge > allowed else { return }
        throw GessoError(
            .sideTooLong, stage: "encode",
            "The image is \(bitmap.size) pixels, a side of a \(format) may have \(allowed); scale it down or choose PNG.",
            facts: ["found": "\(bitmap.size)", "allowed": "\(allowed)", "format": format.rawValue])
    }

    func require(_ name: String, _ value: Int, in range: ClosedRange<Int>) throws(GessoError) {
        guard !range.contains(value) else { return }
        throw GessoError(
            .invalidParameter, stage: "encode",
            "\(name) is \(value); it must lie in \(range.lowerBound)...\(range.upperBound).",
            facts: ["parameter": name, "found": "\(value)", "allowed": "\(range.lowerBound)...\(range.upperBound)"])
    }

    func require(_ fits: Bool, _ format: ImageFormat, remedy: String) throws(GessoError) {
        guard !fits else { return }
        throw GessoError(
            .pixelFormatMismatch, stage: "encode", "A \(format) cannot hold \(bitmap.format) pixels; \(remedy).",
            facts: ["found": "\(bitmap.format)", "format": format.rawValue])
    }
}
