import CReferenceDecoders
import Foundation

@testable import GessoCodecs
@testable import GessoPixels

/// Small images only: a fuzzer learns nothing from large ones.
var fuzzLimits: ImageDecoder.Limits {
    var limits = ImageDecoder.Limits()
    limits.formats.insert(.gif)
    limits.pixelCount = 1 << 18
    limits.cpuSeconds = 5
    return limits
}

/// The image, or nil when it was refused for a reason that is in order.
func decode(_ data: Data, _ level: ImageDecoder.Options.Level = .strict, target: Size? = nil) -> ImageDecoder.Output? {
    do throws(GessoError) {
        return try ImageDecoder.decode(
            data, options: ImageDecoder.Options(limits: fuzzLimits, level: level, targetSize: target))
    } catch {
        if error.code == .encodingFailed || error.code == .outOfMemory { broken("refused with \(error)") }
        if level == .lenient, let row = error.facts["row"].flatMap(Int.init), row > 0 {
            // Damage alone is no reason to refuse rows that were read.
            if error.code == .corrupt || error.code == .truncated {
                broken("lenient refused after row \(row): \(error)")
            }
        }
        return nil
    }
}

/// Holds a strictly decoded image against what the codec's own library makes of the whole file.
func check(_ image: ImageDecoder.Output, _ verdict: reference_result, _ what: String) {
    var verdict = verdict
    defer { reference_free(&verdict) }
    guard verdict.accepted != 0 else {
        let reason = withUnsafeBytes(of: verdict.reason) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        broken("\(what): accepted a file that the reference decoder refuses (\(reason))")
    }
    let bitmap = image.bitmap
    guard verdict.width == bitmap.width, verdict.height == bitmap.height else { broken("\(what): another size") }
    guard let pixels = verdict.pixels else { return }
    let rowBytes = bitmap.width * bitmap.format.bytesPerPixel
    for y in 0..<bitmap.height {
        bitmap.withRow(y) { row in
            row.withUnsafeBytes { bytes in
                guard let start = bytes.baseAddress else { return }
                if memcmp(start, pixels + y * rowBytes, rowBytes) != 0 { broken("\(what): row \(y) differs") }
            }
        }
    }
}

/// What lenient decoding must hold to: a sound file gives the same image, and nothing it gives is out of the image.
func checkLenient(_ data: Data, strict: ImageDecoder.Output?) {
    let lenient = decode(data, .lenient)
    if let strict {
        guard let lenient else { broken("lenient refuses what strict accepts") }
        guard lenient.bitmap == strict.bitmap, lenient.firstInvalidRow == nil else {
            broken("lenient makes another image of a sound file")
        }
    } else if let row = lenient?.firstInvalidRow, let height = lenient?.bitmap.height, row < 0 || row >= height {
        broken("the first invalid row \(row) is not in an image of \(height)")
    }
}
