/// What a file may ask for before it is refused; all are checked before anything of that size is allocated.
///
/// Raise a limit by setting it; ``unlimited`` switches one off.
public struct DecodeLimits: Sendable, Hashable, Codable {
    /// The value that switches a limit off.
    public static let unlimited = Int.max

    /// Bytes of the file.
    public var byteCount = 50_000_000
    /// Width × height, as the header states them.
    public var pixelCount = 50_000_000
    /// The longer side in pixels.
    public var sideLength = 16_384
    /// The formats taken, by content. `.gif` may be added: its first frame is decoded then.
    public var formats: Set<ImageFormat> = [.png, .jpeg, .webp]
    /// Chunks of a PNG or WebP; marker segments of a JPEG; extensions of a GIF. Chunks of pixel data and of animation
    /// frames are counted apart, and may be 64 times as many.
    public var chunkCount = 1_000
    /// Bytes of the color profile, inflated.
    public var profileByteCount = 4 << 20
    /// Bytes of a metadata block that is read: an XMP packet, a C2PA manifest.
    public var metadataByteCount = 4 << 20
    /// Boxes, data items and certificate fields that are read of a C2PA manifest, in all. Manifests of a few hundred are
    /// usual; what holds more is reported in ``ImageHeader/metadata`` and not read.
    public var metadataItemCount = 10_000
    /// Scans of a JPEG; progressive files usually have ten.
    public var scanCount = 100
    /// Bytes that a codec may hold beside the pixels (a progressive JPEG holds all its coefficients), as
    /// ``DecodeOptions/memory(for:)`` reckons them from the header.
    public var workingByteCount = 512 << 20
    /// CPU time of one decode, encode or replacement of JPEG blocks, in seconds, checked between rows and scans.
    public var cpuSeconds = 10.0

    public init() {}

    /// Chunks of pixel data and of animation frames.
    var pieceCount: Int {
        let (product, overflow) = chunkCount.multipliedReportingOverflow(by: 64)
        return overflow ? DecodeLimits.unlimited : product
    }

    /// The limits that suit a server which takes files from anyone.
    public static let `default` = DecodeLimits()
}
