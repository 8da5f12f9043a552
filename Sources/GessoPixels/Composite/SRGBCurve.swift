#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The sRGB transfer function (IEC 61966-2-1, 5.2) and its tables.
enum SRGBCurve {
    /// The linear light (0…1) of an encoded value (0…1).
    static func linear(_ encoded: Double) -> Double {
        encoded <= 0.04045 ? encoded / 12.92 : pow((encoded + 0.055) / 1.055, 2.4)
    }

    /// The encoded value (0…1) of linear light (0…1).
    static func encoded(_ linear: Double) -> Double {
        linear <= 0.0031308 ? linear * 12.92 : 1.055 * pow(linear, 1 / 2.4) - 0.055
    }

    /// The 8-bit sample nearest to each 14-bit value of linear light: small enough for the first-level cache, and fine
    /// enough that every sample maps back to itself.
    static let encoded8: [UInt8] = (0..<16384).map {
        UInt8((encoded(min(1, (Double($0) * 4 + 1.5) / 65535)) * 255).rounded())
    }
    /// Linear light of each 8-bit sample.
    static let linearFloat8: [Float] = (0...255).map { Float(linear(Double($0) / 255)) }
    /// Linear light of each 16-bit sample.
    static let linearFloat16: [Float] = (0...65535).map { Float(linear(Double($0) / 65535)) }
}
