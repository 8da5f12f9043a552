import CGessoCodecs
import GessoPixels

/// One decode on its way: what is known of the file, and what has come out so far.
struct DecodeJob {
    let bytes: Bytes
    let facts: ParsedHeader
    let options: DecodeOptions
    var bitmap: Bitmap?
    var profile: ColorProfile?
    var warnings: [String] = []
    var scaleDenominator = 1
    var firstInvalidRow: Int?

    init(bytes: Bytes, facts: ParsedHeader, options: DecodeOptions) {
        self.bytes = bytes
        self.facts = facts
        self.options = options
    }

    var start: UnsafePointer<UInt8>? { bytes.buffer.baseAddress?.assumingMemoryBound(to: UInt8.self) }

    /// Judges a driver's report; lenient decoding keeps what was read before the failure.
    mutating func settle(_ report: gesso_codec_report) throws(GessoError) {
        if report.warning_count > 0 { warnings.append(report.warningText) }
        // Only lenient decoding comes here with such a file.
        if facts.isTruncated { warnings.append("the file is cut short at byte \(bytes.count)") }
        if report.status != GESSO_CODEC_OK {
            let isDamage = report.status == GESSO_CODEC_CORRUPT || report.status == GESSO_CODEC_TRUNCATED
            // Below 0: damage behind the last row.
            guard !options.strict, isDamage, report.first_invalid_row != 0 else {
                try report.check(stage: "decode", format: facts.format)
                return
            }
            warnings.append(report.messageText)
        }
        if report.first_invalid_row >= 0 { firstInvalidRow = Int(report.first_invalid_row) }
    }
}

extension Bitmap {
    /// The whole bitmap as a C driver sees it.
    mutating func withCodecImage<R>(
        spareByteCount: Int = 0, _ body: (inout gesso_codec_image) throws(GessoError) -> R
    ) throws(GessoError) -> R {
        let (rows, size, format) = (bytesPerRow, size, format)
        return try withUnsafeMutablePixels { pixels throws(GessoError) in
            var image = gesso_codec_image(
                pixels: pixels, bytes_per_row: rows, width: UInt32(size.width), height: UInt32(size.height),
                channels: Int32(format.channels), bits: Int32(format.bitsPerChannel),
                capacity: rows * size.height + spareByteCount)
            return try body(&image)
        }
    }
}
