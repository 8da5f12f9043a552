#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The format of an image file, detected from its content and never from its name.
///
/// Extensible: formats that cannot be decoded can still be named.
public struct ImageFormat: RawRepresentable, Sendable, Hashable, Codable {
    /// The lower-case name, as in the Images API: `png`, `jpeg`, `webp`.
    public let rawValue: String

    /// A format with that lower-case name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// PNG; decoded and encoded.
    public static let png = ImageFormat(rawValue: "png")
    /// JPEG; decoded and encoded.
    public static let jpeg = ImageFormat(rawValue: "jpeg")
    /// WebP; decoded and encoded.
    public static let webp = ImageFormat(rawValue: "webp")
    /// GIF; detected, and its first frame decoded if ``ImageDecoder/Limits/formats`` contains it.
    public static let gif = ImageFormat(rawValue: "gif")
    /// HEIC: still images coded with HEVC, as phones write them; decoded if Gesso is built with the trait `HEIF`.
    public static let heic = ImageFormat(rawValue: "heic")
    /// AVIF: still images coded with AV1; decoded and encoded if Gesso is built with the trait `HEIF`.
    public static let avif = ImageFormat(rawValue: "avif")
    /// SVG; detected only, since it has no pixels.
    public static let svg = ImageFormat(rawValue: "svg")

    /// The format of a file with these first bytes; nil if it is not a known format.
    ///
    /// Reads at most the first kilobyte, and does not check the rest of the file.
    public init?(sniffing data: Data) {
        guard let format = data.withBytes({ ImageFormat(sniffing: $0) }) else { return nil }
        self = format
    }

    /// The media type, such as `image/png`; `application/octet-stream` for unknown formats.
    public var mimeType: String {
        switch self {
        case .png, .jpeg, .webp, .gif, .heic, .avif: "image/\(rawValue)"
        case .svg: "image/svg+xml"
        default: "application/octet-stream"
        }
    }

    /// The usual file name extension, without the dot.
    public var fileExtension: String { self == .jpeg ? "jpg" : rawValue }
}

extension ImageFormat: CustomStringConvertible {
    public var description: String { rawValue }
}

extension ImageFormat {
    init?(sniffing bytes: Bytes) {
        if bytes.matches("\u{89}PNG\r\n\u{1a}\n", at: 0) {
            self = .png
        } else if bytes.matches("\u{ff}\u{d8}\u{ff}", at: 0) {
            self = .jpeg
        } else if bytes.matches("RIFF", at: 0), bytes.matches("WEBP", at: 8) {
            self = .webp
        } else if bytes.matches("GIF87a", at: 0) || bytes.matches("GIF89a", at: 0) {
            self = .gif
        } else if let format = HEIFHeaderParser.format(bytes) {
            self = format
        } else if SVGHeaderParser.looksLikeSVG(bytes) {
            self = .svg
        } else {
            return nil
        }
    }
}
