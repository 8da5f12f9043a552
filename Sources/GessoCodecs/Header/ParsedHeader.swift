import GessoPixels

/// The result of a format's header parser; more than the public `ImageHeader` has.
struct ParsedHeader {
    var format: ImageFormat
    var size = Size(width: 0, height: 0)
    var orientation = Orientation.up
    var colorModel = ImageHeader.ColorModel.rgb
    var channels = 3
    var bitsPerChannel = 8
    var hasAlpha = false
    var frameCount = 1
    var isProgressive = false
    var coding = SampleCoding()
    var profile: ColorProfile?
    /// The reason why the file's color profile cannot be used; nil if it can, or there is none.
    var profileProblem: GessoError?
    /// PNG: the profile stated by gAMA and cHRM, unless they state sRGB.
    var gammaProfile: ColorProfile?
    var metadata: ImageMetadata.Kinds = []
    var provenance: ImageHeader.Provenance?
    /// Whether a manifest was read, which may have left `provenance` nil.
    var hasReadManifest = false
    /// The EXIF block, from its TIFF header on, and the XMP packet: views of the file's bytes.
    var exif: Bytes?
    var xmp: XMPBlock?
    /// Whether the file ends earlier than it states, although the header is complete.
    var isTruncated = false
    /// WebP and GIF: the range of the bytes that hold the still image or the first frame, and its position on the
    /// canvas.
    var framePayload: Range<Int>?
    var frameRect: Rect?
    /// GIF: the other properties of the first frame.
    var gifFrame: GIFFrame?
    /// HEIC and AVIF: the items of the file, and how its image is stored.
    var heif: HEIFSource?

    init(format: ImageFormat) { self.format = format }
}

extension ParsedHeader {
    /// Reads an EXIF block; only the first in the file counts.
    mutating func take(exif block: Bytes) {
        guard !metadata.contains(.exif) else { return }
        metadata.insert(.exif)
        // WebP and some PNG writers put JPEG's "Exif\0\0" before the TIFF header.
        let start = block.matches("Exif\0\0", at: 0) ? 6 : 0
        let block = block.suffix(from: start)
        guard let exif = EXIF(block) else { return }
        self.exif = block
        orientation = exif.orientation ?? .up
        if exif.hasGPS { metadata.insert(.gps) }
    }

    /// Notes an XMP packet; only the first in the file counts.
    mutating func take(xmp block: XMPBlock) {
        metadata.insert(.xmp)
        if xmp == nil { xmp = block }
    }

    /// Reads a color profile, or notes why it cannot be used.
    mutating func take(profile bytes: Bytes) {
        metadata.insert(.icc)
        do throws(GessoError) {
            profile = try ColorProfile(icc: bytes.data())
            profileProblem = nil
        } catch {
            profileProblem = error
        }
    }
}
