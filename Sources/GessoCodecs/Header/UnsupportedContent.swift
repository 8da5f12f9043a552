import GessoPixels

/// What a file is that is not an image in a supported format, by its first bytes, for errors that a person understands.
struct UnsupportedContent {
    /// With its article: "a TIFF image".
    let name: String
    /// A clause that says what to do.
    let advice: String

    private init(_ name: String, _ advice: String = "convert it to PNG, JPEG or WebP first") {
        (self.name, self.advice) = (name, advice)
    }

    /// Nil for content that is not recognized.
    init?(_ bytes: Bytes) {
        guard let found = Self.byMagic(bytes) ?? Self.byBox(bytes) ?? Self.byText(bytes) ?? Self.byBytes(bytes) else {
            return nil
        }
        self = found
    }

    private static let magics: [(magic: String, offset: Int, content: UnsupportedContent)] = [
        ("II*\0", 0, .init("a TIFF image or a camera's raw file")),
        ("MM\0*", 0, .init("a TIFF image or a camera's raw file")),
        ("II+\0", 0, .init("a BigTIFF image")),
        ("MM\0+", 0, .init("a BigTIFF image")),
        ("II\u{bc}\u{01}", 0, .init("a JPEG XR image")),
        ("IIRO", 0, .init("a camera's raw file")),
        ("IIU\0", 0, .init("a camera's raw file")),
        ("FUJIFILMCCD-RAW", 0, .init("a camera's raw file")),
        ("\u{ff}\u{0a}", 0, .init("a JPEG XL image")),
        ("\0\0\0\u{0c}JXL \r\n\u{87}\n", 0, .init("a JPEG XL image")),
        ("\0\0\0\u{0c}jP  \r\n\u{87}\n", 0, .init("a JPEG 2000 image")),
        ("\u{ff}\u{4f}\u{ff}\u{51}", 0, .init("a JPEG 2000 image")),
        ("\0\0\u{01}\0", 0, .init("an ICO image")),
        ("\0\0\u{02}\0", 0, .init("a CUR image")),
        ("8BPS", 0, .init("a PSD image (Photoshop)")),
        ("gimp xcf", 0, .init("an XCF image (GIMP)")),
        ("%PDF-", 0, .init("a PDF document", "export the page as PNG or JPEG first")),
        ("%!PS", 0, .init("a PostScript document", "export the page as PNG or JPEG first")),
        ("\u{c5}\u{d0}\u{d3}\u{c6}", 0, .init("an EPS document", "export the page as PNG or JPEG first")),
        ("icns", 0, .init("an ICNS image (Apple icons)")),
        ("v/1\u{01}", 0, .init("an OpenEXR image")),
        ("#?RADIANCE", 0, .init("a Radiance HDR image")),
        ("DDS ", 0, .init("a DDS texture")),
        ("\u{ab}KTX", 0, .init("a KTX texture")),
        ("qoif", 0, .init("a QOI image")),
        ("FLIF", 0, .init("a FLIF image")),
        ("BPG\u{fb}", 0, .init("a BPG image")),
        ("AT&TFORM", 0, .init("a DjVu document", "export the page as PNG or JPEG first")),
        ("SIMPLE  =", 0, .init("a FITS image")),
        ("DICM", 128, .init("a DICOM image")),
        ("\u{d7}\u{cd}\u{c6}\u{9a}", 0, .init("a WMF image")),
        (" EMF", 40, .init("an EMF image")),
        ("\u{8a}MNG\r\n\u{1a}\n", 0, .init("an MNG animation")),
        ("\u{1a}\u{45}\u{df}\u{a3}", 0, .init("a WebM or Matroska video", "export a frame as PNG or JPEG first")),
        ("PK\u{03}\u{04}", 0, .init("a ZIP archive or an office document", "give an image in it")),
        ("\u{1f}\u{8b}", 0, .init("gzip-compressed data, such as SVGZ", "decompress it first")),
        ("\u{28}\u{b5}\u{2f}\u{fd}", 0, .init("Zstandard-compressed data", "decompress it first")),
        ("Rar!", 0, .init("a RAR archive", "give an image in it")),
        ("7z\u{bc}\u{af}", 0, .init("a 7-Zip archive", "give an image in it")),
        ("\0\u{05}\u{16}\u{07}", 0, .init("an AppleDouble file (._NAME)", "give the file NAME beside it")),
        (
            "version https://git-lfs.github.com/spec/", 0,
            .init("a Git LFS pointer, not the file itself", "run git lfs pull")
        ),
    ]

    private static func byMagic(_ bytes: Bytes) -> UnsupportedContent? {
        if let found = magics.first(where: { bytes.matches($0.magic, at: $0.offset) }) { return found.content }
        // "BM", the length of the file, four zero bytes and the offset of the pixels.
        if bytes.matches("BM", at: 0), bytes.uint32(6) == 0 { return .init("a BMP image") }
        if bytes.matches("RIFF", at: 0) {
            return bytes.matches("AVI ", at: 8)
                ? .init("an AVI video", "export a frame as PNG or JPEG first")
                : bytes.matches("WAVE", at: 8) ? .init("a WAV sound", "give an image") : nil
        }
        if bytes.uint8(0) == UInt8(ascii: "P"), let kind = bytes.uint8(1), (0x31...0x37).contains(kind),
            let space = bytes.uint8(2), [0x09, 0x0A, 0x0D, 0x20].contains(space)
        {
            return .init("a PNM image (PBM, PGM, PPM or PAM)")
        }
        return nil
    }

    /// Files of boxes with a brand (ISO/IEC 14496-12, 4.3): HEIF, AVIF, videos.
    private static func byBox(_ bytes: Bytes) -> UnsupportedContent? {
        guard bytes.matches("ftyp", at: 4), let brand = bytes.tag(8) else { return nil }
        switch brand {
        // HEIFHeaderParser takes files with these brands, unless the box states an impossible length.
        case "avif", "avis": return .init("an AVIF image")
        case "heic", "heix", "heim", "heis", "hevc", "hevx": return .init("a HEIC image")
        case "mif1", "msf1": return .init("a HEIF image")
        case "crx ": return .init("a camera's raw file")
        case "jxl ": return .init("a JPEG XL image")
        case "jp2 ", "jpx ": return .init("a JPEG 2000 image")
        default: return .init("an MP4 or QuickTime video", "export a frame as PNG or JPEG first")
        }
    }

    private static func byText(_ bytes: Bytes) -> UnsupportedContent? {
        var position = bytes.matches("\u{ef}\u{bb}\u{bf}", at: 0) ? 3 : 0
        let isWide = bytes.matches("\u{ff}\u{fe}", at: 0) || bytes.matches("\u{fe}\u{ff}", at: 0)
        let head = bytes.suffix(from: 0).buffer.prefix(1_024)
        guard isWide || !head.contains(where: { $0 < 0x20 && ![0x09, 0x0A, 0x0C, 0x0D, 0x1B].contains($0) }) else {
            return nil
        }
        while let byte = bytes.uint8(position), [0x09, 0x0A, 0x0D, 0x20].contains(byte) { position += 1 }
        let start = String(
            decoding: bytes.suffix(from: position).buffer.prefix(1_024), as: UTF8.self
        ).lowercased()
        let page = UnsupportedContent(
            "an HTML page", "a download may have saved an error or login page in place of the image; download it again")
        if ["<!doctype html", "<html", "<head", "<body"].contains(where: { start.hasPrefix($0) }) { return page }
        if start.hasPrefix("<?xml") || start.hasPrefix("<!--") || start.hasPrefix("<!doctype") {
            return start.contains("<html") ? page : .init("an XML document", "give an image")
        }
        if start.hasPrefix("<") { return .init("an XML or HTML document", "give an image") }
        if start.hasPrefix("{") || start.hasPrefix("[") {
            return .init("JSON", "for a saved response use gesso finish")
        }
        if start.hasPrefix("data:image/") { return .init("a data: URL", "decode its base64 first") }
        if start.hasPrefix("event:") || start.hasPrefix("data:") {
            return .init("an event stream", "for a saved response use gesso finish")
        }
        // Text in any encoding that keeps ASCII.
        return .init("text", "give an image")
    }

    private static func byBytes(_ bytes: Bytes) -> UnsupportedContent? {
        bytes.buffer.prefix(1_024).allSatisfy { $0 == 0 }
            ? .init("nothing but zero bytes", "it may not have been written to the end; transfer it again") : nil
    }
}
