import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A drawn overlay that guides an edit: arrows, circles and words on a transparent image, as large as the original.
///
/// The Images API takes a markup instead of a mask, never both.
struct Markup: Sendable {
    /// The overlay upright, in sRGB, `rgba8`. Encoded anew it carries none of the file's metadata.
    let bitmap: Bitmap

    /// Decodes and checks an overlay for an image whose upright size is `size`.
    ///
    /// Throws `unsupportedFormat` for anything but PNG, `maskSizeMismatch`, `maskWithoutAlpha` for a PNG without an alpha
    /// channel, `markupOpaque` when no pixel is fully transparent, `maskEmpty` when all are, and what decoding throws.
    init(_ png: Data, for size: Size, limits: ImageDecoder.Limits = .default) throws(GessoError) {
        if let format = ImageFormat(sniffing: png), format != .png {
            throw GessoError(
                .unsupportedFormat, stage: "markup", "The markup is a \(format); save it as a PNG with transparency.",
                facts: ["found": format.rawValue, "allowed": "png"])
        }
        let overlay = try OrientedOverlay(png, for: size, stage: "markup", noun: "markup", limits: limits)
        guard overlay.bitmap.format.hasAlpha else {
            throw GessoError(
                .maskWithoutAlpha, stage: "markup",
                "The markup has no alpha channel, so it would hide the image; draw on a transparent background.",
                facts: ["found": "\(overlay.bitmap.format)"])
        }
        let drawing = try overlay.bitmap.converted(to: .rgba8)
        try Markup.requireTransparency(of: drawing)
        guard try !Mask(alphaOf: drawing).coversEverything else {
            throw GessoError(
                .maskEmpty, stage: "markup",
                "The markup is wholly transparent; draw on it what shall be done, or leave it out.")
        }
        bitmap = try drawing.converted(from: overlay.profile, to: nil)
    }

    /// Throws `markupOpaque` when no pixel of an `rgba8` image is fully transparent.
    static func requireTransparency(of drawing: Bitmap) throws(GessoError) {
        guard !drawing.hasAlpha(0) else { return }
        throw GessoError(
            .markupOpaque, stage: "markup",
            "The markup has no transparent pixels, so it would hide the image; draw on a transparent background.")
    }
}

extension GessoError.Code {
    /// A markup that shows nothing of the image beneath.
    public static let markupOpaque = Self(rawValue: "markupOpaque")
}

extension Bitmap {
    /// Whether any pixel of an `rgba8` image has that alpha.
    fileprivate func hasAlpha(_ alpha: UInt8) -> Bool {
        (0..<height).contains { y in
            withRow(y) { row in
                stride(from: 3, to: row.byteCount, by: 4).contains {
                    // Safe: the index is below the row's byte count.
                    row.unsafeLoad(fromByteOffset: $0, as: UInt8.self) == alpha
                }
            }
        }
    }
}
