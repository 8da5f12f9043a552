import CBaselines
import Foundation
import Gesso

extension Job {
    /// PNG inputs. `png-images` holds every image of the folder in its own size and layout.
    static let pngKinds = ["png-rgb-1024", "png-rgba-1024", "png-rgb-12mp", "png-rgba-12mp", "png-images"]

    static let decoding = pngKinds.map { kind in
        Job("decode " + kind) { inputs in
            let files = try files(inputs, kind)
            return {
                for file in files { _ = try ImageDecoder.decode(file) }
                return 0
            }
        }
    }

    static let encoding = [
        ("encode png-rgb-1024", ImageEncoding.png), ("encode png-rgba-1024", .png), ("encode png-images", .png),
        ("encode fast png-rgb-1024", .png(effort: .fast)), ("encode fast png-rgba-1024", .png(effort: .fast)),
        ("encode fast png-images", .png(effort: .fast)),
    ].map { name, encoding in
        Job(name) { inputs in
            let kind = String(name.split(separator: " ").last ?? "")
            let bitmaps = try files(inputs, kind).map { try ImageDecoder.decode($0).bitmap }
            return { try bitmaps.reduce(0) { try $0 + EncodedImage($1, as: encoding).data.count } }
        }
    }

    /// Of soft alpha, which has to weigh color, and opaque, where it need not.
    static let resizing = [("rgba", "png-rgba"), ("opaque rgba", "png-rgb")].flatMap { name, kind in
        [
            (kind + "-1024", Size(width: 1024, height: 1024), Size(width: 256, height: 256)),
            (kind + "-12mp", Size(width: 1536, height: 1024), Size(width: 1024, height: 683)),
            (kind + "-12mp", Size(width: 4032, height: 3024), Size(width: 1536, height: 1152)),
        ].map { kind, source, target in
            Job("resize \(name) \(source) to \(target)") { inputs in
                let bitmaps = try files(inputs, kind).map {
                    try ImageDecoder.decode($0).bitmap.cropped(to: Rect(source)).converted(to: .rgba8)
                }
                return {
                    for bitmap in bitmaps { _ = try bitmap.resized(to: target, filter: .lanczos3) }
                    return 0
                }
            }
        }
    }

    /// What is computed in wider samples: linear light, and 16 bits a channel in both.
    static let resizingWide = [
        ("linear opaque rgba", Bitmap.Format.rgba8, true), ("linear rgb", .rgb8, true), ("16-bit rgb", .rgb16, false),
        ("16-bit linear rgb", .rgb16, true),
    ].map { name, format, isLinear in
        let (source, target) = (Size(width: 4032, height: 3024), Size(width: 1536, height: 1152))
        return Job("resize \(name) \(source) to \(target)") { inputs in
            let bitmaps = try files(inputs, "png-rgb-12mp").map {
                try ImageDecoder.decode($0).bitmap.cropped(to: Rect(source)).converted(to: format)
            }
            return {
                for bitmap in bitmaps { _ = try bitmap.resized(to: target, filter: .lanczos3, inLinearLight: isLinear) }
                return 0
            }
        }
    }

    /// AVIF at the quality, speed and chroma that Pillow is given.
    static let encodingAVIF = [
        Job("encode avif 512") { inputs in
            let bitmaps = try files(inputs, "png-rgb-1024").map {
                try ImageDecoder.decode($0).bitmap.resized(to: Size(width: 512, height: 512))
            }
            let encoding = ImageEncoding.avif(quality: 75, speed: 6)
            return { try bitmaps.reduce(0) { try $0 + EncodedImage($1, as: encoding).data.count } }
        }
    ]

    static let roofs =
        ["png-rgb-1024", "png-rgba-1024", "png-images"].flatMap { kind in
            [1, 3, 6].map { level in
                Job("libdeflate \(level) encode " + kind, isRoof: true) { inputs in
                    let bitmaps = try files(inputs, kind).map { try ImageDecoder.decode($0).bitmap }
                    return { bitmaps.reduce(0) { $0 + deflated($1, level) } }
                }
            }
        }
        + pngKinds.flatMap { kind in
            [
                Job("libdeflate decode " + kind, isRoof: true) { inputs in
                    let files = try files(inputs, kind)
                    return {
                        for file in files {
                            let failed = file.withUnsafeBytes { roof_libdeflate_decode($0.baseAddress, $0.count) }
                            if failed != 0 { throw CocoaError(.fileReadCorruptFile) }
                        }
                        return 0
                    }
                },
                Job("libpng decode " + kind, isRoof: true) { inputs in
                    let files = try files(inputs, kind)
                    return {
                        for file in files {
                            let failed = file.withUnsafeBytes {
                                roof_libpng_decode($0.baseAddress, $0.count, kind.contains("rgba") ? 4 : 3)
                            }
                            if failed != 0 { throw CocoaError(.fileReadCorruptFile) }
                        }
                        return 0
                    }
                },
                Job("libdeflate inflate " + kind, isRoof: true) { inputs in
                    let files = try files(inputs, kind)
                    return {
                        for file in files {
                            let failed = file.withUnsafeBytes { roof_libdeflate_inflate($0.baseAddress, $0.count) }
                            if failed != 0 { throw CocoaError(.fileReadCorruptFile) }
                        }
                        return 0
                    }
                },
            ]
        } + [
            // Of the text, the larger side of both ways, as Muła and Lemire measure it (2020).
            Job("memcpy base64-text", isRoof: true) { inputs in try copying(files(inputs, "base64-text")) },
            Job("libwebp encode thumbnails", isRoof: true) { inputs in
                let small = try files(inputs, "png-rgb-1024").flatMap { file in
                    let whole = try ImageDecoder.decode(file).bitmap
                    return try [512, 256, 128].map { try whole.resized(to: Size(width: $0, height: $0)) }
                }
                return { small.reduce(0) { $0 + webp($1) } }
            },
        ]

    private static func deflated(_ bitmap: Bitmap, _ level: Int) -> Int {
        bitmap.withBytes { bytes in
            bytes.withUnsafeBytes {
                roof_libdeflate_encode(
                    $0.baseAddress, Int32(bitmap.width), Int32(bitmap.height), Int32(bitmap.format.channels),
                    Int32(bitmap.bytesPerRow), Int32(level))
            }
        }
    }

    private static func webp(_ bitmap: Bitmap) -> Int {
        bitmap.withBytes { bytes in
            bytes.withUnsafeBytes {
                roof_libwebp_encode(
                    $0.baseAddress, Int32(bitmap.width), Int32(bitmap.height), Int32(bitmap.bytesPerRow), 80)
            }
        }
    }

    static func copying(_ files: [Data]) throws -> () throws -> Int {
        let target = Box(
            UnsafeMutableRawBufferPointer.allocate(byteCount: files.map(\.count).max() ?? 0, alignment: 64))
        return {
            for file in files {
                file.withUnsafeBytes { roof_copy(target.buffer.baseAddress, $0.baseAddress, $0.count) }
            }
            return 0
        }
    }

    private final class Box {
        let buffer: UnsafeMutableRawBufferPointer
        init(_ buffer: UnsafeMutableRawBufferPointer) { self.buffer = buffer }
        deinit { buffer.deallocate() }
    }
}
