import CGessoCodecs

/// The libraries behind the codecs and their versions, for reports: a stale codec is the usual way in.
package enum CodecVersions {
    /// Versions by library name.
    package static var all: [String: String] {
        var versions = gesso_codec_versions_t()
        gesso_codec_versions(&versions)
        return [
            "libpng": text(versions.png), "libjpeg-turbo": text(versions.jpeg), "libwebp": text(versions.webp),
            "lcms2": text(versions.lcms), "libdeflate": text(versions.deflate),
        ]
    }

    private static func text<Field>(_ field: Field) -> String {
        // Safe: the C side ends each field with a NUL inside it, and only the bytes before that are read.
        withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
