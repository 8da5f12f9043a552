#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// An image to send: its bytes, the type that they show, and optionally a file name.
public struct ImageUpload: Sendable, Hashable {
    /// The file's bytes.
    public let data: Data
    /// The type that the bytes show; names and declared types are ignored.
    public let contentType: ImageUpload.ContentType
    /// The file name to send, reduced to its last path component; nil sends `image-0.png` and the like.
    public let filename: String?

    /// An image in a format that the API accepts.
    ///
    /// - Throws: `emptyImage` for no bytes, `unsupportedImageType` when they are not PNG, JPEG or WebP, `invalidRequest`
    ///   for a file name with control characters or over 255 bytes.
    public init(_ data: Data, filename: String? = nil) throws(ImagesAPIError) {
        guard !data.isEmpty else {
            throw ImagesAPIError(
                .emptyImage, "The image has no bytes; check that its file was read and is not empty.")
        }
        guard let contentType = ImageUpload.ContentType(sniffing: data), [.png, .jpeg, .webp].contains(contentType)
        else {
            let found = ImageUpload.ContentType(sniffing: data)?.rawValue ?? "no known image type"
            throw ImagesAPIError(
                .unsupportedImageType,
                "The bytes are not PNG, JPEG or WebP (found: \(found)); convert the image first; its name does not matter.",
                facts: ["found": found, "allowed": "image/png, image/jpeg, image/webp"])
        }
        self.data = data
        self.contentType = contentType
        self.filename = try filename.flatMap { (name) throws(ImagesAPIError) in try UploadName.cleaned(name) }
    }
}

extension ImageUpload {
    /// The type of an image file, decided by its bytes and never by a name or a declared type.
    public struct ContentType: ExtensibleString {
        /// The MIME type, `image/png`.
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// PNG.
        public static let png = Self(rawValue: "image/png")
        /// JPEG.
        public static let jpeg = Self(rawValue: "image/jpeg")
        /// WebP.
        public static let webp = Self(rawValue: "image/webp")
        /// GIF.
        public static let gif = Self(rawValue: "image/gif")
        /// SVG.
        public static let svg = Self(rawValue: "image/svg+xml")

        /// The usual file extension, without the dot.
        public var fileExtension: String {
            switch self {
            case .jpeg: "jpg"
            case .svg: "svg"
            default: String(rawValue.split(separator: "/").last ?? "bin")
            }
        }

        /// The type that the first bytes show; nil if they are neither PNG, JPEG, WebP, GIF nor SVG.
        ///
        /// Reads at most 1,024 bytes and says nothing about the rest of the file.
        public init?(sniffing data: Data) {
            let head = Array(data.prefix(1_024))
            if head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
                self = .png
            } else if head.starts(with: [0xFF, 0xD8, 0xFF]) {
                self = .jpeg
            } else if head.count >= 12, head[0..<4].elementsEqual(Array("RIFF".utf8)),
                head[8..<12].elementsEqual(Array("WEBP".utf8))
            {
                self = .webp
            } else if head.starts(with: Array("GIF87a".utf8)) || head.starts(with: Array("GIF89a".utf8)) {
                self = .gif
            } else if Self.isSVG(head) {
                self = .svg
            } else {
                return nil
            }
        }

        /// Whether the first element is `svg`; a page with a drawing in it is none.
        private static func isSVG(_ head: [UInt8]) -> Bool {
            var text = head[...]
            if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
            while true {
                text = text.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
                if text.starts(with: Array("<svg".utf8)) { return true }
                let end: [UInt8]
                if text.starts(with: Array("<!--".utf8)) {
                    end = Array("-->".utf8)
                } else if text.starts(with: Array("<?".utf8)) {
                    end = Array("?>".utf8)
                } else if text.starts(with: Array("<!DOCTYPE svg".utf8)) {
                    // Its internal subset may have elements of its own, so the next "<svg" is taken.
                    return String(decoding: text, as: UTF8.self).contains("<svg")
                } else {
                    return false
                }
                guard let found = text.indices.first(where: { text[$0...].starts(with: end) }) else { return false }
                text = text[(found + end.count)...]
            }
        }
    }
}
