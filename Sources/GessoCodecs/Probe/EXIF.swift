import GessoPixels

/// The two facts that are read from EXIF: which way up, and whether it tells a place.
///
/// One parser for JPEG, PNG and WebP. Reads IFD0 only and follows no pointer (EXIF 2.32, 4.6).
struct EXIF {
    var orientation: Orientation?
    var hasGPS = false

    /// `block` begins with the TIFF header; nil when that is not one.
    init?(_ bytes: Bytes) {
        guard let block = TIFFBlock(bytes) else { return nil }
        for entry in block.entries(at: block.start) {
            switch entry.tag {
            // A value that is none of the eight is passed over.
            case 0x0112 where orientation == nil: orientation = block.number(entry).flatMap(Orientation.init(rawValue:))
            case 0x8825: hasGPS = true
            default: break
            }
        }
    }
}

extension ParsedHeader {
    /// Takes over what an EXIF block says; the first block counts.
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

    /// Takes over an XMP packet; the first counts.
    mutating func take(xmp block: XMPBlock) {
        metadata.insert(.xmp)
        if xmp == nil { xmp = block }
    }

    /// Takes over a color profile, or notes why it cannot be used.
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
