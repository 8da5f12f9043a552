import CAllocationPeak
import Foundation

@testable import Gesso
@testable import GessoCodecs
@testable import GessoPixels

/// Memory and CPU of any file, against what is reckoned from its header before anything is decoded: decoding in full,
/// decoding smaller, thumbnails, and the whole way of `gesso convert`.
func fuzzCost(_ input: Input) {
    var input = input
    let (way, size, kind) = (input.setting(), 1 + input.setting(), input.setting())
    let data = input.data
    let encodings: [ImageEncoding] = [
        .png(reduces: true), .jpeg(), .jpeg(progressive: true), .webp, .webp(method: 6), .webpLossless,
        .webpLossless(effort: 4), .png(effort: .small, reduces: true),
    ]
    let encoding = encodings[kind % encodings.count]
    var limits = ImageDecoder.Limits()
    limits.formats.insert(.gif)
    limits.pixelCount = 1 << 22
    limits.cpuSeconds = 5
    let target = Size(width: size, height: size)
    let options = ImageDecoder.Options(
        limits: limits, level: ImageDecoder.Options.Level.allCases[way / 4 % 3], targetSize: way % 4 == 0 ? nil : target
    )

    let header = measured("probe", 0, pixels: 0, data) { () throws(GessoError) in
        try ImageHeader(probing: data, limits: limits)
    }
    guard let header else { return }
    let pixels = header.size.width * header.size.height
    let memory = options.memory(for: header)
    if way % 4 < 2 {
        _ = measured("decode", memory.peak, pixels: pixels, data) { () throws(GessoError) in
            try ImageDecoder.decode(data, options: options)
        }
        return
    }
    var shape = Frame.Shape(header)
    shape.size = options.decodedSize(of: header)
    let pipeline = Pipeline {
        Orient()
        Resize(target, enlarges: way % 4 == 3)
        ConvertToSRGB()
        PrepareForEncoding(encoding)
    }
    guard let plan = try? pipeline.explain(shape) else { return }
    let reserved = memory.bytes(before: plan.peakBytes(encodedAs: encoding))
    _ = measured("convert", reserved, pixels: pixels + size * size * 20, data) { () throws(GessoError) in
        let metadata = try ImageMetadata(of: data, policy: .stripPrivate, limits: limits)
        let frame = try pipeline.run(Frame(decoding: data, options: options))
        return try EncodedImage(frame.bitmap, as: encoding, profile: frame.profile, metadata: metadata)
    }
}

/// What `body` gives, nil for a refusal; holds its memory to the reservation, 10 % and 4 MiB, its CPU time to what bytes
/// and pixels allow.
private func measured<R>(
    _ what: String, _ reserved: Int, pixels: Int, _ data: Data, _ body: () throws(GessoError) -> R
) -> R? {
    let begun = allocation_peak_cpu()
    allocation_peak_start()
    var result: R?
    do throws(GessoError) { result = try body() } catch {}
    let peak = Int(allocation_peak_stop())
    let microseconds = Int(allocation_peak_cpu() - begun) / 1000
    // Metadata and profile are copied a few times.
    let allowed = reserved + reserved / 10 + (4 << 20) + 8 * data.count
    if peak > allowed { broken("\(what) holds \(peak) bytes and \(reserved) were reserved") }
    // Under the sanitizer a pixel takes a few hundred nanoseconds in the slowest encoder, a scan of a JPEG all of them.
    let allowedTime = 1_000_000 + data.count * 50 + pixels * 3
    if microseconds > allowedTime { broken("\(what) takes \(microseconds / 1000) ms of CPU for \(pixels) pixels") }
    return result
}
