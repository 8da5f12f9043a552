import CGessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A color conversion made ready by lcms2: relative colorimetric with black point compensation.
final class ColorTransform {
    let pointer: OpaquePointer

    /// Between two profiles (nil for sRGB) of a bitmap of `format`.
    init(from: ColorProfile?, to: ColorProfile?, format: Bitmap.Format) throws(GessoError) {
        var status = GESSO_CODEC_OK
        let made = ColorTransform.withBytes(from?.icc) { from, fromCount in
            ColorTransform.withBytes(to?.icc) { to, toCount in
                gesso_color_create(
                    from, fromCount, to, toCount, Int32(format.channels), Int32(format.bitsPerChannel), &status)
            }
        }
        guard let made else { throw ColorTransform.failure(status, from, to) }
        pointer = made
    }

    /// From 8-bit CMYK, inverted as JPEG files hold it, to 8-bit sRGB.
    init(fromCMYK profile: ColorProfile) throws(GessoError) {
        var status = GESSO_CODEC_OK
        let made = ColorTransform.withBytes(profile.icc) { bytes, count in
            gesso_color_create_cmyk(bytes, count, &status)
        }
        guard let made else { throw ColorTransform.failure(status, profile, nil) }
        pointer = made
    }

    deinit { gesso_color_free(pointer) }

    private static func withBytes<R>(_ data: Data?, _ body: (UnsafePointer<UInt8>?, Int) -> R) -> R {
        guard let data else { return body(nil, 0) }
        return data.withUnsafeBytes { body($0.baseAddress?.assumingMemoryBound(to: UInt8.self), $0.count) }
    }

    private static func failure(_ status: gesso_codec_status, _ from: ColorProfile?, _ to: ColorProfile?) -> GessoError
    {
        let names = "\(from?.description ?? "sRGB") to \(to?.description ?? "sRGB")"
        if status == GESSO_CODEC_NO_MEMORY {
            return GessoError(.outOfMemory, stage: "color", "No memory to convert colors from \(names).")
        }
        return GessoError(
            .invalidProfile, stage: "color",
            "Colors cannot be converted from \(names): a profile is broken or is made for other channels; replace it.",
            facts: ["from": from?.description ?? "sRGB", "to": to?.description ?? "sRGB"])
    }
}
