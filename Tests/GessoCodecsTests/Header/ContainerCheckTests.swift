import Foundation
import GessoPixels
import Testing

@testable import GessoCodecs

@Suite("A file walked to its end")
struct ContainerCheckTests {
    private func code(_ data: Data) -> GessoError.Code? {
        do throws(GessoError) {
            try ContainerCheck.requireComplete(data)
            return nil
        } catch {
            return error.code
        }
    }

    private static let names = [
        "rgb8.png", "j420.jpg", "jprogressive.jpg", "wlossy.webp", "wlossless.webp",
        "../heif/plain420.heic", "../heif/grid-alpha.heic", "../heif/beside.heic", "../heif/exif-irot3.heic",
        "../heif/extents.heic", "../heif/alpha.avif", "../heif/exif-only.avif", "../heif/sequence.avif",
    ]

    @Test("is complete when an encoder wrote it", arguments: names)
    func whole(name: String) throws {
        let data = try Fixture.data(name)
        #expect(code(data) == nil)
        #expect(code(data + Data("bytes behind the image".utf8)) == nil)
    }

    @Test("is incomplete when it is cut anywhere before its last byte", arguments: names)
    func cut(name: String) throws {
        let data = try Fixture.data(name)
        let lengths = Array(stride(from: 20, to: data.count - 2, by: max(1, data.count / 97))) + [data.count - 2]
        for length in lengths {
            #expect(code(data.prefix(length)) == .truncated, "cut at \(length) of \(data.count)")
        }
    }

    @Test("is damaged when a bit of a PNG changes behind its header")
    func checksum() throws {
        let data = try Fixture.data("rgb8.png")
        for offset in stride(from: 41, to: data.count - 12, by: 37) {
            var changed = data
            changed[offset] ^= 0x10
            #expect(code(changed) != nil, "byte \(offset)")
        }
    }

    @Test("is damaged when a HEIC's boxes or items reach beyond what is around them, though its image is whole")
    func items() throws {
        #expect(code(try HEIFBuilder().data) == nil)
        let changes: [(GessoError.Code, (inout HEIFBuilder) -> Void)] = [
            (.truncated, { $0.items.append(.init(id: 2, type: "Exif", extents: [(0, 1 << 20)])) }),
            (.truncated, { $0.items.append(.init(id: 2, type: "hvc1", extents: [(1 << 30, 8)])) }),
            (
                .corrupt,
                {
                    $0.content = [1, 2, 3]
                    $0.items.append(.init(id: 2, type: "grid", extents: [(0, 4)], isInBox: true))
                }
            ),
            (.corrupt, { $0.primary = 9 }),
            (.corrupt, { $0.more = HEIFBuilder.number(64, 4) + Array("free".utf8) }),
        ]
        for (index, (expected, change)) in changes.enumerated() {
            var builder = try HEIFBuilder()
            change(&builder)
            #expect(code(builder.data) == expected, "change \(index)")
        }
    }

    @Test("may be a GIF, which ends with its trailer")
    func gif() {
        let pixel: [UInt8] = [
            0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x21, 0xF9, 4, 1, 0, 0,
            0, 0,
            0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3B,
        ]
        #expect(code(Data(pixel)) == nil)
        for length in 13..<pixel.count { #expect(code(Data(pixel.prefix(length))) == .truncated) }
        var unknown = pixel
        unknown[19] = 0x77
        #expect(code(Data(unknown)) == .corrupt)
    }
}

@Suite("Content that is no supported image")
struct UnsupportedContentTests {
    @Test(
        "is named",
        arguments: [
            ("II*\0\u{08}", "TIFF"), ("MM\0*\0", "TIFF"), ("BM\u{36}\0\0\0\0\0\0\0\u{36}\0\0\0", "BMP"),
            ("%PDF-1.7", "PDF"), ("\u{ff}\u{0a}\u{fa}", "JPEG XL"), ("\0\0\0\u{0c}JXL \r\n\u{87}\n", "JPEG XL"),
            ("\0\0\0\u{0c}jP  \r\n\u{87}\n", "JPEG 2000"), ("\u{ff}O\u{ff}Q\0", "JPEG 2000"),
            ("\0\0\u{01}\0\u{01}\0", "ICO"), ("8BPS\0\u{01}", "PSD"), ("<!DOCTYPE html>", "HTML"),
            (" \n<HTML lang=en>", "HTML"), ("<?xml version='1.0'?><note/>", "XML"),
            ("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS pointer"),
            ("hello, world", "text"), ("{\"data\": []}", "JSON"), ("P6\n2 2\n255\n", "PNM"),
            ("\0\0\0\0\0\0\0\0", "zero bytes"),
            ("\0\0\0\u{18}ftypcrx \0\0\0\0crx ", "raw"),
            ("\0\0\0\u{08}ftypavif", "AVIF"), ("\0\0\0\u{08}ftypmif1", "HEIF"),
            ("\0\0\0\u{18}ftypisom\0\0\0\0isom", "MP4"), ("PK\u{03}\u{04}", "ZIP"), ("\u{1f}\u{8b}\u{08}", "gzip"),
        ])
    func named(_ start: String, _ name: String) {
        let bytes = start.unicodeScalars.map { UInt8($0.value) }
        let error = #expect(throws: GessoError.self) { try ImageHeader(probing: Data(bytes)) }
        #expect(error?.code == .unsupportedFormat)
        #expect(error?.message.contains(name) == true, "\(error?.message ?? "")")
    }

    @Test("is not shown as digits when nothing is known of it")
    func unknown() {
        let error = #expect(throws: GessoError.self) { try ImageHeader(probing: Data([0xDE, 0xAD, 0xBE, 0xEF, 1])) }
        #expect(error?.message.contains("dead") == false && error?.facts["start"] == "deadbeef01")
    }
}
