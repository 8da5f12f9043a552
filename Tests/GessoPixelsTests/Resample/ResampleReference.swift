import Foundation
import GessoPixels

/// The definition of resampling in plain floating point, without regard to speed.
///
/// scale = in / out, f = max(scale, 1); new pixel i has its center at (i + ½) · scale; its taps are the source pixels
/// from round(center − support · f) up to round(center + support · f) that exist, weighed by
/// filter((x − center + ½) / f) and divided by the sum of weights.
enum ResampleReference {
    /// Premultiplied samples 0…255 in row-major order, clamped to valid values; computed in linear light, color is
    /// encoded again as straight color.
    static func resize(
        _ image: Bitmap, to target: Size, from box: Box? = nil, filter: ResampleFilter,
        space: ResampleFilter.Space = .encoded
    ) -> [Double] {
        let box = box ?? Box(image.size)
        let channels = image.format.channels
        let across = taps(filter, length: image.width, from: box.left, to: box.right, count: target.width)
        let down = taps(filter, length: image.height, from: box.top, to: box.bottom, count: target.height)
        let source = space == .linear ? inLight(premultiplied(image), image.format, linear) : premultiplied(image)
        var wide: [Double] = []
        for y in 0..<image.height {
            for tap in across {
                for c in 0..<channels {
                    var sum = 0.0
                    for (x, weight) in tap { sum += weight * source[(y * image.width + x) * channels + c] }
                    wide.append(sum)
                }
            }
        }
        var result: [Double] = []
        let rowLength = target.width * channels
        for tap in down {
            for index in 0..<rowLength {
                var sum = 0.0
                for (y, weight) in tap { sum += weight * wide[y * rowLength + index] }
                result.append(sum)
            }
        }
        let clamped = shown(result, channels: channels)
        return space == .linear ? inLight(clamped, image.format, encoded) : clamped
    }

    /// Applies `curve` (0…1) to straight color.
    private static func inLight(
        _ premultiplied: [Double], _ format: Bitmap.Format, _ curve: (Double) -> Double
    ) -> [Double] {
        premultiplied.indices.map { index in
            let alpha = format.hasAlpha ? premultiplied[index / 4 * 4 + 3] : 255
            if format.hasAlpha && index % 4 == 3 { return alpha }
            return alpha == 0 ? 0 : curve(premultiplied[index] / alpha) * alpha
        }
    }

    // IEC 61966-2-1, 5.2.
    private static func linear(_ value: Double) -> Double {
        value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }

    private static func encoded(_ value: Double) -> Double {
        value <= 0.0031308 ? value * 12.92 : 1.055 * pow(value, 1 / 2.4) - 0.055
    }

    /// Samples 0…255 in row-major order, color times alpha.
    static func premultiplied(_ image: Bitmap) -> [Double] {
        let unit = image.format.bitsPerChannel == 8 ? 1.0 : 257.0
        var samples = image.samples.map { Double($0) / unit }
        guard image.format.hasAlpha else { return samples }
        for index in samples.indices where index % 4 != 3 { samples[index] *= samples[index / 4 * 4 + 3] / 255 }
        return samples
    }

    /// Alpha within 0…255, color within 0…alpha.
    static func shown(_ samples: [Double], channels: Int) -> [Double] {
        samples.indices.map { index in
            let most = channels == 4 ? min(255, max(0, samples[index / 4 * 4 + 3])) : 255
            return min(most, max(0, samples[index]))
        }
    }

    private static func taps(
        _ filter: ResampleFilter, length: Int, from: Double, to: Double, count: Int
    ) -> [[(Int, Double)]] {
        if from == 0, to == Double(length), count == length { return (0..<count).map { [($0, 1)] } }
        let scale = (to - from) / Double(count)
        let widening = max(scale, 1)
        return (0..<count).map { index in
            let center = from + (Double(index) + 0.5) * scale
            let first = max(0, Int((center - filter.support * widening + 0.5).rounded(.down)))
            let end = min(length, Int((center + filter.support * widening + 0.5).rounded(.down)))
            let weights = (first..<end).map { value(of: filter, at: (Double($0) - center + 0.5) * (1 / widening)) }
            let sum = weights.reduce(0, +)
            return zip(first..<end, weights).map { ($0, $1 / sum) }
        }
    }

    private static func value(of filter: ResampleFilter, at x: Double) -> Double {
        func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(.pi * x) / (.pi * x) }
        func cubic(_ b: Double, _ c: Double) -> Double {
            let t = abs(x)
            return t < 1
                ? ((12 - 9 * b - 6 * c) * t * t * t + (-18 + 12 * b + 6 * c) * t * t + 6 - 2 * b) / 6
                : t < 2
                    ? ((-b - 6 * c) * t * t * t + (6 * b + 30 * c) * t * t - (12 * b + 48 * c) * t + 8 * b + 24 * c) / 6
                    : 0
        }
        return switch filter {
        case .nearest, .box: x > -0.5 && x <= 0.5 ? 1 : 0
        case .triangle: max(0, 1 - abs(x))
        case .hamming: abs(x) < 1 ? sinc(x) * (0.54 + 0.46 * cos(.pi * x)) : 0
        case .catmullRom: cubic(0, 0.5)
        case .mitchell: cubic(1 / 3, 1 / 3)
        case .lanczos3: abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0
        }
    }
}
