#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The type of an image file, told by its content and never by its name.
///
/// Open: a format that this version cannot decode can still be named.
public struct ImageFormat: RawRepresentable, Sendable, Hashable, Codable {
    /// A short lower-case name, as the Images API writes it: `png`, `jpeg`, `webp`.
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public static let png = ImageFormat(rawValue: "png")
    public static let jpeg = ImageFormat(rawValue: "jpeg")
    public static let webp = ImageFormat(rawValue: "webp")
    /// Known by sight and passed through; its first frame is decoded on request (``DecodeLimits/formats``).
    public static let gif = ImageFormat(rawValue: "gif")
    /// Known by sight and passed through; it has no pixels.
    public static let svg = ImageFormat(rawValue: "svg")

    /// The format that the first bytes announce; nil when it is none of the known ones.
    ///
    /// Looks at no more than the first kilobyte, and says nothing about whether the rest is sound.
    public init?(sniffing data: Data) {
        guard let format = data.withBytes({ ImageFormat(sniffing: $0) }) else { return nil }
        self = format
    }

    /// The media type: `image/png` and so on; `application/octet-stream` for unknown formats.
    public var mimeType: String {
        switch self {
        case .png, .jpeg, .webp, .gif: "image/\(rawValue)"
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
        } else if SVGHeaderParser.looksLikeSVG(bytes) {
            self = .svg
        } else {
            return nil
        }
    }
}
