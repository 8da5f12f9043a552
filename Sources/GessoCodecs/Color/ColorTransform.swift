import CGessoCodecs
public import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A color conversion by lcms2: relative colorimetric with black point compensation.
final class ColorTransform {
    let pointer: OpaquePointer

    /// From one profile to another, for bitmaps of `format`; nil means sRGB.
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

    /// From 8-bit CMYK, inverted as in JPEG files, to 8-bit sRGB.
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

extension Bitmap {
    /// The image converted from one color profile to another, in the same format; nil means sRGB.
    ///
    /// Relative colorimetric with black point compensation (lcms2). Alpha is kept. A gray source profile also describes RGB
    /// pixels whose channels are equal. Returns the same pixels without
    /// copying if both profiles mean the same.
    ///
    /// Synchronous. Throws `invalidProfile` if a profile does not fit the channels, `outOfMemory`, and `cancelled`
    /// between rows.
    public func converted(from source: ColorProfile?, to target: ColorProfile?) throws(GessoError) -> Bitmap {
        if source == target || (source?.isSRGB ?? true) && (target?.isSRGB ?? true) { return self }
        if let source, source.isGray, format.layout != .gray {
            return try converted(fromGray: source).converted(from: nil, to: target)
        }
        let transform = try ColorTransform(from: source, to: target, format: format)
        var result = try Bitmap(size: size, format: format, zeroed: false)
        let (rows, width, height) = (bytesPerRow, width, height)
        try result.withUnsafeMutablePixels { to throws(GessoError) in
            try withUnsafePixels { from throws(GessoError) in
                for y in 0..<height {
                    if y % 64 == 0, Task.isCancelled {
                        throw GessoError(.cancelled, stage: "color", "The task was cancelled.")
                    }
                    gesso_color_apply(transform.pointer, from + y * rows, to + y * rows, width)
                }
            }
        }
        return result
    }
}

/// The memory that lcms2 needs for a conversion: copies of the profile, its tables in 16 bits and in float, and a
/// table of 33³ colors (CMYK: 23⁴).
enum ColorMemory {
    static func conversion(profileByteCount: Int) -> Int {
        (3 << 20).saturatingAdding(profileByteCount.saturatingMultiplied(by: 8))
    }
}
