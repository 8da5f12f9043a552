import CGessoCodecs
import CReferenceDecoders
import Foundation

@testable import GessoCodecs
@testable import GessoPixels

/// Whole files, with the checksums of their chunks made right before half of the runs.
func fuzzPNG(_ input: Input) {
    var input = input
    if input.setting() & 1 == 0 { input = Input(repairingPNG: input) }
    comparePNG(input.data)
}

func comparePNG(_ data: Data) {
    guard data.starts(with: [0x89, 0x50, 0x4E, 0x47]) else { return }
    let image = decode(data)
    if let image {
        let verdict = data.withUnsafeBytes {
            reference_png($0.bindMemory(to: UInt8.self).baseAddress, $0.count, Int32(image.bitmap.format.channels))
        }
        check(image, verdict, "png")
    }
    checkLenient(data, strict: image)
}

/// Pixel data of any bytes under a header of any kind: raw deflate, or filtered rows in stored blocks, with sums made
/// right, in chunks of any length.
func fuzzDeflate(_ input: Input) {
    var input = input
    let (kind, width, height, length) = (
        input.setting(), 1 + input.setting() % 80, 1 + input.setting() % 40, 1 + input.setting() * 3
    )
    let color = [0, 2, 3, 4, 6][kind % 5]
    let channels = [1, 3, 1, 2, 4][kind % 5]
    let rowBytes = width * channels + 1
    var stream: [UInt8]
    if kind & 64 == 0 {
        // What the stream holds decides its checksum, where it inflates to anything.
        var rows = [UInt8](repeating: 0, count: rowBytes * height)
        let count = input.bytes.withUnsafeBufferPointer {
            reference_inflate($0.baseAddress, $0.count, &rows, rows.count)
        }
        stream = [0x78, 0x01] + input.bytes + PNGBytes.number(PNGBytes.adler(rows.prefix(count)))
    } else {
        var rows = Array(input.bytes.prefix(rowBytes * height))
        rows += [UInt8](repeating: 0, count: rowBytes * height - rows.count)
        if kind & 32 == 0 { for y in 0..<height { rows[y * rowBytes] %= 5 } }
        stream = PNGBytes.stored(rows)
    }
    var file = PNGBytes.signature
    file += PNGBytes.chunk(
        "IHDR", PNGBytes.number(UInt32(width)) + PNGBytes.number(UInt32(height)) + [8, UInt8(color), 0, 0, 0])
    if color == 3 { file += PNGBytes.chunk("PLTE", (0..<UInt8(3 * (1 + kind % 80))).map { $0 &* 3 }) }
    for start in stride(from: 0, to: stream.count, by: length) {
        file += PNGBytes.chunk("IDAT", Array(stream[start..<min(start + length, stream.count)]))
    }
    comparePNG(Data(file + PNGBytes.chunk("IEND", [])))
}

func fuzzJPEG(_ input: Input) {
    var input = input
    let setting = input.setting()
    let data = input.data
    guard data.starts(with: [0xFF, 0xD8, 0xFF]) else { return }
    let image = decode(data)
    if let image {
        let verdict = data.withUnsafeBytes { reference_jpeg($0.bindMemory(to: UInt8.self).baseAddress, $0.count) }
        check(image, verdict, "jpeg")
    }
    checkLenient(data, strict: image)
    let target = Size(width: 1 + setting % 16, height: 1 + setting / 16)
    if let small = decode(data, target: target), small.scaleDenominator > 1 {
        guard image != nil else { broken("a scaled decode accepts what a full one refuses") }
        guard small.bitmap.width >= 2 * target.width, small.bitmap.height >= 2 * target.height else {
            broken("a scaled decode gives less than asked for")
        }
    }
}

func fuzzWebP(_ input: Input) {
    var input = input
    let setting = input.setting()
    if setting & 1 == 0 { input = Input(repairingWebP: input) }
    let data = input.data
    guard data.starts(with: [0x52, 0x49, 0x46, 0x46]) else { return }
    let image = decode(data)
    if let image, image.header.frameCount == 1, data.count < 21 || !isAnimated(data) {
        let verdict = data.withUnsafeBytes {
            reference_webp($0.bindMemory(to: UInt8.self).baseAddress, $0.count, Int32(image.bitmap.format.channels))
        }
        check(image, verdict, "webp")
    }
    checkLenient(data, strict: image)
    _ = decode(data, target: Size(width: 1 + setting % 16, height: 1 + setting / 16))
}

private func isAnimated(_ data: Data) -> Bool { Array(data[12..<16]) == Array("VP8X".utf8) && data[20] & 2 != 0 }

func fuzzGIF(_ input: Input) {
    guard input.data.starts(with: Array("GIF8".utf8)) else { return }
    checkLenient(input.data, strict: decode(input.data))
}

/// HEIC and AVIF: what is decoded has the size and the format that the header states.
func fuzzHEIF(_ input: Input) {
    guard let format = ImageFormat(sniffing: input.data), format == .heic || format == .avif else { return }
    let image = decode(input.data)
    checkLenient(input.data, strict: image)
    guard let image else { return }
    guard image.bitmap.size == image.header.size,
        image.bitmap.format == ImageDecoder.Options(limits: fuzzLimits).decodedFormat(of: image.header)
    else { broken("an image of another size or format than its header states") }
}

/// Images of any pixels: lossless encodings give them back, and libpng reads our PNG as we do.
func fuzzPixels(_ input: Input) {
    var input = input
    // Few levels make few colors, which is when a PNG is reduced.
    let (reduces, levels) = (input.setting() & 1 == 1, [0xFF, 0xF0, 0xC0, 0x80, 0x11, 0x01][input.setting() % 6])
    let (kind, width, height) = (input.setting(), 1 + input.setting() % 70, 1 + input.setting() % 33)
    let format = [Bitmap.Format.gray8, .rgb8, .rgba8, .gray16, .rgb16, .rgba16][kind % 6]
    do throws(GessoError) {
        var bitmap = try Bitmap(size: Size(width: width, height: height), format: format)
        let (stride, rowBytes) = (bitmap.bytesPerRow, width * format.bytesPerPixel)
        try bitmap.withMutableBytes { bytes throws(GessoError) in
            for index in 0..<min(input.bytes.count, rowBytes * height) {
                bytes.storeBytes(
                    of: input.bytes[index] & UInt8(levels), toByteOffset: index / rowBytes * stride + index % rowBytes,
                    as: UInt8.self)
            }
        }
        var encodings = [ImageEncoding.png(effort: ImageEncoding.PNGEffort.allCases[kind / 6 % 3], reduces: reduces)]
        if format.bitsPerChannel == 8, kind & 128 != 0 { encodings.append(.webpLossless(effort: kind % 3)) }
        for encoding in encodings {
            let file = try EncodedImage(bitmap, as: encoding)
            let back = try ImageDecoder.decode(
                file.data, options: ImageDecoder.Options(limits: fuzzLimits, preserve16Bit: format.bitsPerChannel == 16)
            )
            let wide = format.bitsPerChannel == 16 ? Bitmap.Format.rgba16 : .rgba8
            let same = try back.bitmap.converted(to: wide) == bitmap.converted(to: wide)
            if !same { broken("\(encoding) of \(format) \(width)x\(height) does not come back") }
            if case .png = encoding, format.bitsPerChannel == 8 {
                let verdict = file.data.withUnsafeBytes {
                    reference_png(
                        $0.bindMemory(to: UInt8.self).baseAddress, $0.count, Int32(back.bitmap.format.channels))
                }
                check(back, verdict, "png")
            }
        }
    } catch {
        broken("a sound image is refused: \(error)")
    }
}
