import GessoPixels
import Testing

@testable import GessoCodecs

/// RFC 9110, 12.5.1, and the headers that clients really send with requests for images.
@Suite("The encoding by an Accept header")
struct AcceptTests {
    private func format(
        _ header: String?, alpha: Bool = false, avif: Bool = true
    ) -> ImageFormat? {
        ImageEncoding.accepted(by: header, hasAlpha: alpha, encodesAVIF: avif)?.format
    }

    @Test(
        "is the smallest that a browser can show",
        arguments: [
            // Chrome since 85, and since 121; Edge and Opera send the same.
            ("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", ImageFormat.avif, ImageFormat.avif),
            // Chrome before 85.
            ("image/webp,image/apng,image/*,*/*;q=0.8", .webp, .webp),
            // Firefox since 128, 92 to 127, 65 to 91, and before.
            ("image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", .avif, .avif),
            ("image/avif,image/webp,*/*", .avif, .avif),
            ("image/webp,*/*", .webp, .webp),
            ("image/png,image/*;q=0.8,*/*;q=0.5", .jpeg, .png),
            // Safari since 17, and before 16.
            (
                "image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
                .avif, .avif
            ),
            ("image/webp,image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5", .webp, .webp),
            ("image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5", .jpeg, .png),
            // Internet Explorer 11, curl, Python's requests, and Java's HttpURLConnection.
            ("image/png, image/svg+xml, image/*;q=0.8, */*;q=0.5", .jpeg, .png),
            ("*/*", .jpeg, .png),
            ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", .jpeg, .png),
            // A page that is opened in Chrome's address bar.
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
                .avif, .avif
            ),
        ])
    func browsers(header: String, opaque: ImageFormat, transparent: ImageFormat) {
        #expect(format(header) == opaque)
        #expect(format(header, alpha: true) == transparent)
    }

    @Test(
        "has the highest quality value, and the most specific range counts",
        arguments: [
            ("image/avif;q=0.5,image/webp", ImageFormat.webp), ("image/avif;q=0.5,image/webp;q=0.4,image/jpeg", .jpeg),
            ("image/avif;q=0,image/*", .jpeg), ("image/webp;q=0,image/webp;q=0.001,image/jpeg;q=0", .webp),
            ("image/jpeg;q=0, image/*;q=0.1", .png), ("image/*;q=0.3, image/webp;q=0.2, */*", .jpeg),
            ("IMAGE/AVIF ; Q=1.000 , image/*", .avif), ("image/avif;q=1;level=1,image/webp", .avif),
            ("image/avif;level=1,image/webp", .webp), ("image/avif;x=\",image/webp,\";q=1,image/png", .png),
            ("image/avif;q=2,image/webp;q=x,image/png", .png), (",, ,image/webp,", .webp), ("image/jpg", .jpeg),
        ])
    func weights(header: String, expected: ImageFormat) {
        #expect(format(header) == expected)
    }

    @Test("is JPEG or PNG where nothing is said, and none where nothing is accepted")
    func ends() {
        for header in [nil, "", " , "] {
            #expect(format(header) == .jpeg)
            #expect(format(header, alpha: true) == .png)
        }
        for header in ["text/html", "image/svg+xml", "image/*;q=0", "*/*;q=0", "video/*", "image/", "/", "image"] {
            #expect(format(header) == nil, "\(header)")
        }
        // JPEG is better than nothing for an image with alpha.
        #expect(format("image/jpeg", alpha: true) == .jpeg)
    }

    @Test("is AVIF only where AVIF can be encoded")
    func availability() throws {
        #expect(format("image/avif,image/webp,*/*", avif: false) == .webp)
        #expect(format("image/avif", avif: false) == nil)
        let bitmap = try Bitmap.textured(Size(width: 8, height: 8), .rgb8)
        let file = try? ImageEncoder.encode(bitmap, as: .avif)
        #expect(ImageEncoding.accepted(by: "image/avif")?.format == file?.format)
    }
}
