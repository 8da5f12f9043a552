/// Which pixels an edit may touch: one byte a pixel, 0 keep, 255 edit, in between a share.
///
/// Always in the upright picture's pixels. Polarity exists only at the border: files and the Images API say it
/// with alpha (0 = edit) or luminance; in here 255 always means "edit here".
public struct Mask: Sendable, Equatable {
    /// The coverage as a `gray8` bitmap.
    public internal(set) var coverage: Bitmap

    /// Takes a `gray8` bitmap as coverage; another format throws `pixelFormatMismatch`.
    public init(coverage: Bitmap) throws(GessoError) {
        guard coverage.format == .gray8 else {
            throw GessoError(
                .pixelFormatMismatch, stage: "mask", "A mask is one 8-bit channel, this bitmap is \(coverage.format).",
                facts: ["found": "\(coverage.format)", "allowed": "gray8"])
        }
        self.coverage = coverage
    }

    public var size: Size { coverage.size }
}
