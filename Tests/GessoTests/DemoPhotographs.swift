import Foundation
import Gesso

/// The photographs that ship with the demo, for tests that need the real world.
enum DemoPhotographs {
    static let names = ["dogs-phone.jpg", "brushes-display-p3.jpg", "bowl-cutout.png", "dandelions.webp"]

    static func data(_ name: String) throws -> Data {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try Data(contentsOf: root.appending(path: "Sources/gesso-cli/Photographs/\(name)"))
    }

    /// Upright, in sRGB, without alpha, at most `longEdge` pixels long.
    static func bitmap(_ name: String, longEdge: Int) throws -> Bitmap {
        try Pipeline {
            Orient()
            ConvertToSRGB()
            Resize(Size(width: longEdge, height: longEdge), enlarges: false)
            Flatten(onto: .white)
        }.run(Frame(decoding: data(name))).bitmap
    }
}

/// A small repeatable generator (Steele, Lea, Flood 2014: SplitMix64), so that a failure can be run again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// A normally distributed number (Box and Muller 1958).
    mutating func normal() -> Double {
        let radius = (-2 * Double.random(in: Double.leastNonzeroMagnitude...1, using: &self).logarithm).squareRoot()
        return radius * (Double.random(in: 0..<2 * .pi, using: &self)).cosine
    }
}
extension Double {
    fileprivate var logarithm: Double { Foundation.log(self) }
    fileprivate var cosine: Double { Foundation.cos(self) }
}
