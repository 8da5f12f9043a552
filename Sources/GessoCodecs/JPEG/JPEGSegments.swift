import GessoPixels

/// The marker segments of a JPEG, from the start of the file to its first scan (ITU-T T.81, B.1).
///
/// Accepts what libjpeg accepts: fill bytes and other bytes between segments are skipped, up to 1 MiB in total.
struct JPEGSegments {
    struct Segment {
        let marker: UInt8
        /// The offset of the marker in the file.
        let offset: Int
        /// The content after the length field; for a scan, all bytes after it.
        let body: Bytes
        /// The offset after the content.
        var end: Int { offset + 4 + body.count }
    }

    /// The marker of a scan (SOS), which is the last segment.
    static let scan: UInt8 = 0xDA

    /// Some cameras align segments with fill bytes, but none with this many.
    private static let mostSkipped = 1 << 20

    private let bytes: Bytes
    private let maximumCount: Int
    private var position = 2
    private var count = 0
    private var skipped = 0

    /// The segments of `bytes`, which begin with a start of image; at most `maximumCount`.
    init(_ bytes: Bytes, maximumCount: Int = ImageDecoder.Limits.unlimited) {
        self.bytes = bytes
        self.maximumCount = maximumCount
    }

    /// The next segment; nil if the file ends before the segment does.
    ///
    /// Throws `limitExceeded` for too many segments, and `corrupt` for a second start of image, an end of image and too
    /// many bytes between segments.
    mutating func next() throws(GessoError) -> Segment? {
        while let marker = nextMarker() {
            let offset = position - 2
            guard skipped <= Self.mostSkipped else {
                throw .corruptHeader(.jpeg, "more than \(Self.mostSkipped) bytes between its segments", at: offset)
            }
            switch marker {
            // Markers without a segment.
            case 0x01, 0xD0...0xD7:
                skipped += 2
                continue
            case 0xD8: throw .corruptHeader(.jpeg, "a second start of image", at: offset)
            case 0xD9: throw .corruptHeader(.jpeg, "it ends without an image", at: offset)
            case Self.scan: return Segment(marker: marker, offset: offset, body: bytes.suffix(from: position + 2))
            default: break
            }
            guard let length = bytes.uint16(position) else { return nil }
            count += 1
            guard count <= maximumCount else { throw .tooManyChunks(.jpeg, maximumCount) }
            // A length below 2 is invalid. libjpeg skips only the length field then; so does this reader, because both
            // must find the same segments.
            guard let body = bytes.slice(position + 2, max(0, length - 2)) else { return nil }
            position += max(2, length)
            return Segment(marker: marker, offset: offset, body: body)
        }
        return nil
    }

    /// The next marker; moves `position` after it and adds the bytes before it to `skipped`, until there are too many.
    private mutating func nextMarker() -> UInt8? {
        while let byte = bytes.uint8(position) {
            position += 1
            if byte == 0xFF, let code = bytes.uint8(position), code != 0xFF, code != 0 {
                position += 1
                return code
            }
            skipped += 1
            if skipped > Self.mostSkipped { return byte }
        }
        return nil
    }
}
