import GessoPixels

/// The two facts that are read from EXIF: which way up, and whether it tells a place.
///
/// One parser for JPEG, PNG and WebP. Reads IFD0 only, at most 512 entries, follows no pointer (EXIF 2.32, 4.6).
struct EXIF {
    var orientation: Orientation?
    var hasGPS = false

    /// `block` begins with the TIFF header; nil when that is not one.
    init?(_ block: Bytes) {
        let littleEndian: Bool
        if block.matches("II*\0", at: 0) {
            littleEndian = true
        } else if block.matches("MM\0*", at: 0) {
            littleEndian = false
        } else {
            return nil
        }
        guard let directory = block.uint32(4, littleEndian: littleEndian),
            let count = block.uint16(directory, littleEndian: littleEndian)
        else { return }
        for index in 0..<min(count, 512) {
            let entry = directory + 2 + index * 12
            guard block.has(entry, 12), let tag = block.uint16(entry, littleEndian: littleEndian) else { return }
            switch tag {
            case 0x0112 where orientation == nil: orientation = Self.orientation(block, entry, littleEndian)
            case 0x8825: hasGPS = true
            default: break
            }
        }
    }

    /// Orientation is one SHORT; some writers use LONG. Anything else, or a value that is not one, is passed over.
    private static func orientation(_ block: Bytes, _ entry: Int, _ littleEndian: Bool) -> Orientation? {
        guard let type = block.uint16(entry + 2, littleEndian: littleEndian),
            block.uint32(entry + 4, littleEndian: littleEndian) == 1
        else { return nil }
        let value: Int?
        switch type {
        case 3: value = block.uint16(entry + 8, littleEndian: littleEndian)
        case 4: value = block.uint32(entry + 8, littleEndian: littleEndian)
        default: value = nil
        }
        return value.flatMap(Orientation.init(rawValue:))
    }
}

extension FileFacts {
    /// Takes over what an EXIF block says; the first block counts.
    mutating func take(exif block: Bytes) {
        guard !metadata.contains(.exif) else { return }
        metadata.insert(.exif)
        // WebP and some PNG writers put JPEG's "Exif\0\0" before the TIFF header.
        let start = block.matches("Exif\0\0", at: 0) ? 6 : 0
        guard let exif = EXIF(block.suffix(from: start)) else { return }
        orientation = exif.orientation ?? .up
        if exif.hasGPS { metadata.insert(.gps) }
    }

    /// Takes over a colour profile, or notes why it cannot be used.
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
