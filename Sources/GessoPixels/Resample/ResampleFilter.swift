#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The filter used for resampling. Filters are widened when scaling down, so that the result has no aliasing.
///
/// The definitions are those of Pillow and fast_image_resize.
public enum ResampleFilter: String, Sendable, Codable, CaseIterable {
    /// The pixel under the output pixel's center.
    case nearest
    /// The mean of the covered pixels.
    case box
    /// Linear interpolation ("bilinear").
    case triangle
    /// A windowed sinc of support 1.
    case hamming
    /// Cubic with a = −0.5 ("bicubic").
    case catmullRom
    /// Cubic with B = C = ⅓ (Mitchell and Netravali).
    case mitchell
    /// A sinc windowed by a sinc, support 3: the sharpest.
    case lanczos3

    /// The distance from the center to the filter's end, in source pixels when enlarging; 0 for nearest.
    public var support: Double {
        switch self {
        case .nearest: 0
        case .box: 0.5
        case .triangle, .hamming: 1
        case .catmullRom, .mitchell: 2
        case .lanczos3: 3
        }
    }

    /// The filter's value at distance `x` from its center.
    func weight(_ x: Double) -> Double {
        let distance = abs(x)
        switch self {
        case .nearest, .box: return x > -0.5 && x <= 0.5 ? 1 : 0
        case .triangle: return max(0, 1 - distance)
        case .hamming: return distance < 1 ? sinc(x) * (0.54 + 0.46 * cos(.pi * x)) : 0
        case .catmullRom: return cubic(distance, b: 0, c: 0.5)
        case .mitchell: return cubic(distance, b: 1.0 / 3, c: 1.0 / 3)
        case .lanczos3: return distance < 3 ? sinc(x) * sinc(x / 3) : 0
        }
    }

    /// The filter values for the source pixels from `first` on, for a filter at `center` widened by 1 / `narrowing`.
    ///
    /// Uses the same arithmetic as Pillow, because the last bit decides whether a tap on the edge of a box counts.
    func fill(_ values: UnsafeMutableBufferPointer<Double>, first: Int, center: Double, narrowing: Double) {
        guard self == .lanczos3 else {
            for index in values.indices { values[index] = weight((Double(first + index) - center + 0.5) * narrowing) }
            return
        }
        // One sine and cosine for all taps: the angle πx/3 advances by a fixed step, and sin 3t = 3 sin t − 4 sin³ t.
        let x = (Double(first) - center + 0.5) * narrowing
        var (sine, cosine) = (sin(.pi * x / 3), cos(.pi * x / 3))
        let (stepSine, stepCosine) = (sin(.pi * narrowing / 3), cos(.pi * narrowing / 3))
        for index in values.indices {
            let position = x + Double(index) * narrowing
            let angle = .pi * position / 3
            if abs(position) < 3, abs(angle) > 1e-3 {
                values[index] = sine * sine * (3 - 4 * sine * sine) / (3 * angle * angle)
            } else {
                values[index] = weight(position)
            }
            (sine, cosine) = (sine * stepCosine + cosine * stepSine, cosine * stepCosine - sine * stepSine)
        }
    }

    private func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(.pi * x) / (.pi * x) }

    /// Mitchell and Netravali, "Reconstruction filters in computer graphics" (1988), equation 8.
    private func cubic(_ x: Double, b: Double, c: Double) -> Double {
        if x < 1 { return ((12 - 9 * b - 6 * c) * x * x * x + (-18 + 12 * b + 6 * c) * x * x + (6 - 2 * b)) / 6 }
        if x < 2 {
            return ((-b - 6 * c) * x * x * x + (6 * b + 30 * c) * x * x + (-12 * b - 48 * c) * x + (8 * b + 24 * c)) / 6
        }
        return 0
    }
}

extension ResampleFilter {
    /// The values that are averaged when resampling.
    package enum Space: String, Sendable, Codable, CaseIterable {
        /// The sRGB-encoded values: fast, and what almost every tool does.
        case encoded
        /// Linear light (sRGB curve): fine bright and dark detail keeps its brightness.
        case linear
    }
}
