import CGessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension EncodeJob {
    func encodePNG(_ effort: ImageEncoding.PNGEffort, reduces: Bool) throws(GessoError) -> Data {
        let level: Int32 =
            switch effort {
            case .fast: 0
            case .default: 1
            case .small: 2
            }
        let file = try run(.png) { image, profile, profileCount, watch, output, report in
            if reduces, effort != .fast {
                gesso_png_encode_reduced(&image, level, profile, profileCount, &watch, &output, &report)
            } else {
                gesso_png_encode(&image, level, profile, profileCount, &watch, &output, &report)
            }
        }
        return try PNGContainer.embed(exif: exif(profile), xmp: metadata.xmp, in: file)
    }

    func encodeJPEG(
        _ quality: Int, _ subsampling: ImageEncoding.ChromaSubsampling, _ progressive: Bool
    ) throws(GessoError) -> Data {
        try require("quality", quality, in: 1...100)
        try require(!bitmap.format.hasAlpha, .jpeg, remedy: "flatten the image onto a color first")
        try require(bitmap.format.bitsPerChannel == 8, .jpeg, remedy: "convert it to 8 bits a channel first")
        let (horizontal, vertical): (Int32, Int32) =
            switch subsampling {
            case .none: (1, 1)
            case .horizontal: (2, 1)
            case .half: (2, 2)
            }
        let file = try run(.jpeg) { image, profile, profileCount, watch, output, report in
            gesso_jpeg_encode(
                &image, Int32(quality), horizontal, vertical, progressive ? 1 : 0, profile, profileCount, &watch,
                &output, &report)
        }
        return try JPEGContainer.embed(exif: exif(profile), xmp: metadata.xmp, in: file)
    }

    func encodeWebP(quality: Int, method: Int, alphaQuality: Int) throws(GessoError) -> Data {
        try require("quality", quality, in: 0...100)
        try require("method", method, in: 0...6)
        try require("alphaQuality", alphaQuality, in: 0...100)
        return try encodeWebP(lossless: false, quality, method, alphaQuality)
    }

    func encodeWebPLossless(_ effort: Int, _ nearLossless: Int) throws(GessoError) -> Data {
        try require("effort", effort, in: 0...9)
        try require("nearLossless", nearLossless, in: 0...100)
        return try encodeWebP(lossless: true, effort, 0, nearLossless)
    }

    private func encodeWebP(
        lossless: Bool, _ quality: Int, _ method: Int, _ fidelity: Int
    ) throws(GessoError) -> Data {
        try require(bitmap.format.bitsPerChannel == 8, .webp, remedy: "convert it to 8 bits a channel, or choose PNG")
        // WebP has no gray: the same value three times, which a profile for gray cannot describe.
        let isGray = bitmap.format == .gray8
        let colored = isGray ? try bitmap.converted(from: profile, to: nil).grayAsRGB() : bitmap
        let profile = isGray ? nil : profile
        let file = try EncodeJob(bitmap: colored, profile: nil).run(.webp) { image, _, _, watch, output, report in
            gesso_webp_encode(
                &image, lossless ? 1 : 0, Int32(quality), Int32(method), Int32(fidelity), &watch, &output, &report)
        }
        return try WebPContainer.embed(
            icc: profile?.icc, exif: exif(profile), xmp: metadata.xmp, in: file, size: bitmap.size)
    }

    /// The EXIF block for this image in the colors of `profile`.
    private func exif(_ profile: ColorProfile?) -> Data? {
        metadata.exif(for: bitmap.size, isSRGB: profile?.isSRGB ?? true)
    }
}

extension Bitmap {
    fileprivate func grayAsRGB() throws(GessoError) -> Bitmap {
        var result = try Bitmap(size: size, format: .rgb8, zeroed: false)
        let (from, to, width, height) = (bytesPerRow, result.bytesPerRow, width, height)
        try result.withUnsafeMutablePixels { target throws(GessoError) in
            withUnsafePixels { source in
                for y in 0..<height {
                    let (row, out) = (source + y * from, target + y * to)
                    for x in 0..<width {
                        let value = row[x]
                        out[3 * x] = value
                        out[3 * x + 1] = value
                        out[3 * x + 2] = value
                    }
                }
            }
        }
        return result
    }
}
