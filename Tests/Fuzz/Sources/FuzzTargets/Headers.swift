import CReferenceDecoders
import Foundation

@testable import GessoCodecs
@testable import GessoPixels

/// Any bytes: a header that is accepted lies within its limits, whatever it says.
func fuzzProbe(_ input: Input) {
    let data = input.data
    var limits = fuzzLimits
    limits.formats = [.png, .jpeg, .webp, .gif, .svg]
    do throws(GessoError) {
        let header = try ImageHeader(probing: data, limits: limits)
        guard header.size.width > 0, header.size.height > 0, header.size.longEdge <= limits.sideLength,
            header.size.width * header.size.height <= limits.pixelCount
        else { broken("a header of \(header.size) is accepted") }
        guard header.frameCount >= 1, (1...16).contains(header.bitsPerChannel), (1...4).contains(header.channels) else {
            broken("an impossible header is accepted: \(header)")
        }
        guard ImageFormat(sniffing: data) == header.format else { broken("sniffed as another format") }
    } catch {
        if error.message.isEmpty { broken("an error without a message") }
    }
}

/// A TIFF block as JPEG carries it.
func fuzzEXIF(_ input: Input) {
    let block = input.bytes.prefix(60_000)
    let length = block.count + 8
    var file: [UInt8] =
        [0xFF, 0xD8, 0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + Array("Exif\0\0".utf8) + block
    file += [0xFF, 0xC0, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]
    do throws(GessoError) {
        let header = try ImageHeader(probing: Data(file))
        guard header.metadata.contains(.exif) else { broken("the EXIF block is not seen") }
    } catch {
        broken("EXIF decides over the header: \(error)")
    }
}

/// A profile, and colors by it.
func fuzzICC(_ input: Input) {
    do throws(GessoError) {
        let profile = try ColorProfile(icc: input.data)
        let formats: [Bitmap.Format] = profile.space == .gray ? [.gray8, .gray16] : [.rgb8, .rgba16]
        for format in formats {
            var bitmap = try Bitmap(size: Size(width: 3, height: 1), format: format)
            try bitmap.withMutableBytes { bytes throws(GessoError) in
                for i in 0..<3 * format.bytesPerPixel {
                    bytes.storeBytes(of: UInt8(truncatingIfNeeded: i &* 37), toByteOffset: i, as: UInt8.self)
                }
            }
            _ = try bitmap.converted(from: profile, to: nil)
            _ = try bitmap.converted(from: nil, to: profile)
        }
    } catch {
        if error.code != .invalidProfile { broken("a profile is refused with \(error)") }
    }
}

/// Coefficients out of a file, and part of its image replaced.
func fuzzPatch(_ input: Input) {
    var input = input
    let (turn, place) = (input.setting(), input.setting())
    let data = input.data
    do throws(GessoError) {
        let before = try JPEGCoefficients(reading: data, limits: fuzzLimits)
        let header = try ImageHeader(probing: data, limits: fuzzLimits)
        let size = header.uprightSize
        let format: Bitmap.Format = header.colorModel == .gray ? .gray8 : .rgb8
        let window = Rect(x: place % 16 % size.width, y: place / 16 % size.height, width: 1, height: 1)
        let part = Rect(
            x: window.x, y: window.y, width: 1 + turn % (size.width - window.x),
            height: 1 + turn / 7 % (size.height - window.y))
        let mask = try Mask(size: part.size, filledWith: turn & 1 == 0 ? 255 : UInt8(turn))
        let file = try JPEGPatch.replacing(
            in: data, with: try Bitmap(size: part.size, format: format), touched: mask, window: part, limits: fuzzLimits
        )
        let after = try JPEGCoefficients(reading: file.data, limits: fuzzLimits)
        guard before.layout.components.count == after.layout.components.count,
            before.layout.size == after.layout.size
        else { broken("a patched file has another layout") }
    } catch {
        if error.code == .encodingFailed || error.code == .outOfMemory { broken("a patch is refused with \(error)") }
    }
}
