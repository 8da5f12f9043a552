import CGessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The parameters of libwebp's encoder, in the ranges that it accepts.
struct WebPParameters {
    let isLossless: Bool
    /// The effort if lossless.
    let quality: Int32
    /// Not used if lossless.
    let method: Int32
    /// The quality of alpha, or nearLossless.
    let fidelity: Int32
}

extension ImageEncoding {
    /// The parameters for a still image or an animation. Throws `invalidParameter` for settings out of range, and for
    /// another format.
    func webPParameters() throws(GessoError) -> WebPParameters {
        switch self {
        case .webp(let quality, let method, let alphaQuality):
            try EncodeJob.require("quality", quality, in: 0...100)
            try EncodeJob.require("method", method, in: 0...6)
            try EncodeJob.require("alphaQuality", alphaQuality, in: 0...100)
            return WebPParameters(
                isLossless: false, quality: Int32(quality), method: Int32(method), fidelity: Int32(alphaQuality))
        case .webpLossless(let effort, let nearLossless):
            try EncodeJob.require("effort", effort, in: 0...9)
            try EncodeJob.require("nearLossless", nearLossless, in: 0...100)
            return WebPParameters(isLossless: true, quality: Int32(effort), method: 0, fidelity: Int32(nearLossless))
        // Still images of other formats do not come here.
        case .png, .jpeg, .avif: throw .animatedOutput(format)
        }
    }
}

extension EncodeJob {
    func encodeWebP(_ parameters: WebPParameters) throws(GessoError) -> Data {
        try require(bitmap.format.bitsPerChannel == 8, .webp, remedy: "convert it to 8 bits a channel, or choose PNG")
        // WebP has no gray: encode RGB with three equal channels. A gray profile does not apply to them, so convert to
        // sRGB.
        let isGray = bitmap.format == .gray8
        let colored = isGray ? try bitmap.converted(from: profile, to: nil).grayAsRGB() : bitmap
        let profile = isGray ? nil : profile
        let file = try EncodeJob(bitmap: colored, profile: nil).run(.webp) { image, _, _, watch, output, report in
            gesso_webp_encode(
                &image, parameters.isLossless ? 1 : 0, parameters.quality, parameters.method, parameters.fidelity,
                &watch, &output, &report)
        }
        return try WebPContainer.embed(
            icc: profile?.icc, exif: exif(profile), xmp: metadata.xmp, in: file, size: bitmap.size)
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

/// Adds a color profile and metadata to an encoded WebP file: VP8X, ICCP, the image's chunks, EXIF, XMP (RFC 9649,
/// 2.7).
enum WebPContainer {
    static func embed(icc: Data?, exif: Data?, xmp: Data?, in file: Data, size: Size) throws(GessoError) -> Data {
        guard icc != nil || exif != nil || xmp != nil else { return file }
        let parts = try file.withBytes { bytes throws(GessoError) in try imageChunks(bytes) }
        let before = icc.map { chunk("ICCP", $0) } ?? Data()
        let after = (exif.map { chunk("EXIF", $0) } ?? Data()) + (xmp.map { chunk("XMP ", $0) } ?? Data())
        let riff = 4 + 18 + before.count + parts.chunks.count + after.count
        guard riff <= 0xFFFF_FFF6 else {
            throw GessoError(.encodingFailed, stage: "encode", "The WebP file would exceed 4 GiB; choose PNG.")
        }
        var out = Data(capacity: riff + 8)
        out.append(contentsOf: Array("RIFF".utf8) + little(riff, 4) + Array("WEBPVP8X".utf8) + little(10, 4))
        let flags: [UInt8] = [
            icc == nil ? 0 : 0x20, parts.hasAlpha ? 0x10 : 0, parts.isAnimated ? 0x02 : 0, exif == nil ? 0 : 0x08,
            xmp == nil ? 0 : 0x04,
        ]
        out.append(contentsOf: [flags.reduce(0, |), 0, 0, 0])
        out.append(contentsOf: little(size.width - 1, 3) + little(size.height - 1, 3))
        out.append(before)
        out.append(parts.chunks)
        out.append(after)
        return out
    }

    private static func chunk(_ name: String, _ body: Data) -> Data {
        var chunk = Data(name.utf8) + little(body.count, 4) + body
        if body.count % 2 == 1 { chunk.append(0) }
        return chunk
    }

    /// The chunks after the file header, and after VP8X if libwebp wrote one.
    private static func imageChunks(_ file: Bytes) throws(GessoError) -> (
        chunks: Data, hasAlpha: Bool, isAnimated: Bool
    ) {
        var reader = WebPChunks(file, from: WebPChunks.start)
        let first = reader.next()
        // libwebp writes VP8X only for images with alpha and for animations.
        let isExtended = first?.tag == FourCC.VP8X
        let flags = isExtended ? first?.body?.uint8(0) ?? 0 : 0
        let body = file.suffix(from: isExtended ? reader.position : WebPChunks.start)
        let bits = first?.body?.uint32(1, littleEndian: true) ?? 0
        let hasAlpha = flags & 0x10 != 0 || first?.tag == FourCC.VP8L && bits >> 28 & 1 == 1
        guard body.count > 8 else {
            throw GessoError(.encodingFailed, stage: "encode", "libwebp wrote an empty file; please report this.")
        }
        return (body.data(), hasAlpha, flags & 0x02 != 0)
    }

    private static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
