#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A color of four 8-bit channels: sRGB-encoded, straight alpha, 255 opaque.
public struct Color: Hashable, Sendable, Codable {
    /// Red, 0…255, sRGB-encoded.
    public var red: UInt8
    /// Green, 0…255, sRGB-encoded.
    public var green: UInt8
    /// Blue, 0…255, sRGB-encoded.
    public var blue: UInt8
    /// Alpha, 0 transparent … 255 opaque.
    public var alpha: UInt8

    /// A color of these channels; opaque by default.
    public init(red: UInt8, green: UInt8, blue: UInt8, alpha: UInt8 = 255) {
        self.red = red
        self.green = green
        self.blue = blue
        self.alpha = alpha
    }

    /// An opaque gray.
    public init(gray: UInt8) { self.init(red: gray, green: gray, blue: gray) }

    /// Opaque white.
    public static let white = Color(gray: 255)
    /// Opaque black.
    public static let black = Color(gray: 0)
    /// Transparent black.
    public static let clear = Color(red: 0, green: 0, blue: 0, alpha: 0)
}

extension Color: CustomStringConvertible {
    /// `#rrggbb`, or `#rrggbbaa` when not opaque.
    public var description: String {
        let channels = alpha == 255 ? [red, green, blue] : [red, green, blue, alpha]
        return "#" + channels.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// Parses `#rrggbb` or `#rrggbbaa`, with or without the `#`; nil for any other text.
    public init?(_ text: some StringProtocol) {
        let digits = text.hasPrefix("#") ? text.dropFirst() : text[...]
        guard digits.utf8.count == 6 || digits.utf8.count == 8, digits.allSatisfy(\.isHexDigit),
            let value = UInt32(digits, radix: 16)
        else { return nil }
        let rgba = digits.utf8.count == 6 ? value << 8 | 255 : value
        self.init(
            red: UInt8(rgba >> 24), green: UInt8(rgba >> 16 & 255), blue: UInt8(rgba >> 8 & 255),
            alpha: UInt8(rgba & 255))
    }
}

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

    /// Linear light of each 8-bit sample, levels × 128 of 255.
    static let linear16: [Int16] = (0...255).map { Int16((linear(Double($0) / 255) * 32640).rounded()) }
    /// The 8-bit sample nearest to linear light in levels × 128. Ten steps lie between the darkest two samples, so that
    /// every sample maps back to itself.
    static let encoded16: [UInt8] = (0...32640).map { UInt8((encoded(Double($0) / 32640) * 255).rounded()) }
    /// Linear light of each 16-bit sample.
    static let linearFloat16: [Float] = (0...65535).map { Float(linear(Double($0) / 65535)) }
    /// The encoded value of linear light that is the square of 0, 1/4096, 2/4096…, and one entry more for rounding.
    static let encodedFloat: [Float] = (0...4097).map { Float(encoded(pow(min(1, Double($0) / 4096), 2))) }
}
