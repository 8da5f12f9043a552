import CGessoCodecs
package import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Writes an animated WebP, frame by frame.
///
/// libwebp holds three canvases and the encoded frames. Used by one thread at a time.
package final class AnimationEncoder {
    private let animation: OpaquePointer
    private let size: Size
    private var milliseconds = 0

    /// `encoding` is `.webp` or `.webpLossless`. Throws `invalidParameter` for another and for settings out of range,
    /// `sideTooLong` and `outOfMemory`.
    package init(size: Size, plays: Int, as encoding: ImageEncoding) throws(GessoError) {
        let parameters = try encoding.webPParameters()
        try EncodeJob.checkSides(size, .webp, remedy: "scale the animation down")
        var options = gesso_webp_animation_options()
        options.width = UInt32(clamping: size.width)
        options.height = UInt32(clamping: size.height)
        options.plays = Int32(clamping: plays)
        options.lossless = parameters.isLossless ? 1 : 0
        options.quality = parameters.quality
        options.method = parameters.method
        options.fidelity = parameters.fidelity
        var report = gesso_codec_report()
        guard let animation = gesso_webp_animation_begin(&options, &report) else {
            try report.check(stage: "encode", format: .webp)
            throw GessoError(.outOfMemory, stage: "encode", "No memory for the animation.")
        }
        self.animation = animation
        self.size = size
    }

    deinit { gesso_webp_animation_free(animation) }

    /// Adds a frame, RGB or RGBA of 8 bits, which is shown for that time.
    package func add(_ bitmap: Bitmap, milliseconds duration: Int) throws(GessoError) {
        guard milliseconds < Int(Int32.max) - (1 << 24) else {
            throw GessoError(
                .limitExceeded, stage: "encode", "The animation takes longer than 24 days; shorten it.",
                facts: ["what": "duration"])
        }
        var report = gesso_codec_report()
        var watch = gesso_codec_watch(cpu_nanoseconds: 0, is_cancelled: { Task.isCancelled ? 1 : 0 })
        bitmap.withCodecImage(reading: { image in
            gesso_webp_animation_add(animation, &image, Int32(clamping: milliseconds), &watch, &report)
        })
        try report.check(stage: "encode", format: .webp)
        milliseconds += min(max(0, duration), (1 << 24) - 1)
    }

    /// The file, with the color profile of the frames and metadata if given.
    package func finish(profile: ColorProfile?, metadata: ImageMetadata) throws(GessoError) -> EncodedImage {
        var output = gesso_codec_output()
        var report = gesso_codec_report()
        var watch = gesso_codec_watch(cpu_nanoseconds: 0, is_cancelled: { Task.isCancelled ? 1 : 0 })
        gesso_webp_animation_finish(animation, Int32(clamping: milliseconds), &watch, &output, &report)
        try report.check(stage: "encode", format: .webp)
        let file = try WebPContainer.embed(
            icc: profile?.icc, exif: metadata.exif(for: size, isSRGB: profile?.isSRGB ?? true), xmp: metadata.xmp,
            in: Data(taking: output), size: size)
        return EncodedImage(data: file, format: .webp, size: size)
    }
}

extension GessoError {
    package static func animatedOutput(_ format: ImageFormat) -> GessoError {
        GessoError(
            .invalidParameter, stage: "encode",
            "An animation is written as webp, not as \(format); choose WebP, or leave out animated to take the first frame.",
            facts: ["found": format.rawValue, "allowed": "webp"])
    }
}
