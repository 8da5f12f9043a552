#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A color in CIE L*a*b*, D65 white.
struct LabColor: Equatable {
    var lightness: Double
    var a: Double
    var b: Double

    init(lightness: Double, a: Double, b: Double) {
        self.lightness = lightness
        self.a = a
        self.b = b
    }

    /// From encoded sRGB samples 0…1 (IEC 61966-2-1; CIE 15, 8.2.1).
    init(red: Double, green: Double, blue: Double) {
        let (r, g, b) = (SRGBCurve.linear(red), SRGBCurve.linear(green), SRGBCurve.linear(blue))
        func f(_ t: Double) -> Double { t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116 }
        let x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047)
        let y = f(0.2126729 * r + 0.7151522 * g + 0.0721750 * b)
        let z = f((0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883)
        self.init(lightness: 116 * y - 16, a: 500 * (x - y), b: 200 * (y - z))
    }

    /// ΔE2000 between two colors (Sharma, Wu and Dalal 2005, equations 2–22, all weights 1).
    func difference2000(to other: LabColor) -> Double {
        // 25 to the 7th power.
        let twentyFive7 = 6_103_515_625.0
        func pow7(_ c: Double) -> Double { c * c * c * c * c * c * c }
        let chroma1 = hypot(a, b)
        let chroma2 = hypot(other.a, other.b)
        let mean7 = pow7((chroma1 + chroma2) / 2)
        let g = 0.5 * (1 - sqrt(mean7 / (mean7 + twentyFive7)))
        let (a1, a2) = ((1 + g) * a, (1 + g) * other.a)
        let (c1, c2) = (hypot(a1, b), hypot(a2, other.b))
        func hue(_ b: Double, _ a: Double) -> Double {
            if a == 0, b == 0 { return 0 }
            let angle = atan2(b, a)
            return angle < 0 ? angle + 2 * .pi : angle
        }
        let (h1, h2) = (hue(b, a1), hue(other.b, a2))
        let grayish = c1 * c2 == 0
        var hueDifference = grayish ? 0 : h2 - h1
        if hueDifference > .pi { hueDifference -= 2 * .pi } else if hueDifference < -.pi { hueDifference += 2 * .pi }
        var meanHue = h1 + h2
        if !grayish {
            meanHue = abs(h1 - h2) <= .pi ? meanHue / 2 : meanHue < 2 * .pi ? meanHue / 2 + .pi : meanHue / 2 - .pi
        }
        let deltaL = other.lightness - lightness
        let deltaC = c2 - c1
        let deltaH = 2 * sqrt(c1 * c2) * sin(hueDifference / 2)
        let meanL = (lightness + other.lightness) / 2
        let meanC = (c1 + c2) / 2
        func cosine(_ factor: Double, _ degrees: Double) -> Double { cos(factor * meanHue + degrees * .pi / 180) }
        let t = 1 - 0.17 * cosine(1, -30) + 0.24 * cosine(2, 0) + 0.32 * cosine(3, 6) - 0.20 * cosine(4, -63)
        // Blue: chroma and hue differences depend on each other around 275 degrees.
        let fromBlue = (meanHue * 180 / .pi - 275) / 25
        let rotationAngle = 60 * exp(-fromBlue * fromBlue) * .pi / 180
        let rotation = 2 * sqrt(pow7(meanC) / (pow7(meanC) + twentyFive7)) * sin(rotationAngle)
        let square = (meanL - 50) * (meanL - 50)
        let l = deltaL / (1 + 0.015 * square / sqrt(20 + square))
        let c = deltaC / (1 + 0.045 * meanC)
        let h = deltaH / (1 + 0.015 * meanC * t)
        return sqrt(l * l + c * c + h * h - rotation * c * h)
    }
}
