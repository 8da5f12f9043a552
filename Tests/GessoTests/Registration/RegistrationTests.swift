import Foundation
import Gesso
import Testing

/// A motion that a model might give an image, and what it does to the levels.
struct Motion: Sendable, CustomTestStringConvertible {
    var shiftX = 0.0
    var shiftY = 0.0
    var scale = 1.0
    var gain = 1.0
    var noise = 0.0
    var testDescription: String { "shift \(shiftX), \(shiftY), scale \(scale), gain \(gain), noise \(noise)" }

    static func random(_ random: inout SplitMix) -> Motion {
        Motion(
            shiftX: Double(Int.random(in: -32...32, using: &random)) / 4,
            shiftY: Double(Int.random(in: -32...32, using: &random)) / 4,
            scale: Double.random(in: 0.98...1.02, using: &random), gain: Double.random(in: 0.9...1.1, using: &random),
            noise: 4)
    }

    /// The image as it comes back: a point p lies at (p − center) × scale + center + shift.
    func applied(to image: Bitmap, _ random: inout SplitMix) throws -> Bitmap {
        let border = 64
        let (width, height) = (Double(image.width), Double(image.height))
        func source(_ position: Double, _ side: Double, _ shift: Double) -> Double {
            (position - side / 2 - shift) / scale + side / 2 + Double(border)
        }
        let box = Box(
            left: source(0, width, shiftX), top: source(0, height, shiftY), right: source(width, width, shiftX),
            bottom: source(height, height, shiftY))
        var moved = try image.padded(
            left: border, top: border, right: border, bottom: border, fill: .extendEdges, alpha: 255
        )
        .resized(to: image.size, from: box)
        let (stride, row, rows, gain, noise) = (moved.bytesPerRow, moved.width * 3, moved.height, gain, noise)
        var generator = random
        try moved.withMutableBytes { (bytes) throws(GessoError) in
            for y in 0..<rows {
                for i in 0..<row {
                    let value = Double(bytes.unsafeLoad(fromByteOffset: y * stride + i, as: UInt8.self)) * gain
                    let noisy = value + (noise > 0 ? generator.normal() * noise : 0)
                    bytes.storeBytes(
                        of: UInt8(min(max(noisy.rounded(), 0), 255)), toByteOffset: y * stride + i, as: UInt8.self)
                }
            }
        }
        random = generator
        return moved
    }
}

@Suite("Registration", .timeLimit(.minutes(15)))
struct RegistrationTests {
    /// 12 here; `GESSO_REGISTRATION_CASES` asks for more.
    static let cases = ProcessInfo.processInfo.environment["GESSO_REGISTRATION_CASES"].flatMap { Int($0) } ?? 12

    @Test("finds shift and scale under gain and noise to 0.15 pixels and 0.05 %, and never errs with confidence")
    func accuracy() throws {
        var random = SplitMix(state: 42)
        var good = 0
        var log: [String] = []
        for index in 0..<Self.cases {
            let name = DemoPhotographs.names[index % DemoPhotographs.names.count]
            let image = try DemoPhotographs.bitmap(name, longEdge: index % 3 == 0 ? 1024 : 768)
            let mask = try Mask.ellipse(
                in: Rect(
                    x: image.width * Int.random(in: 5...55, using: &random) / 100,
                    y: image.height * Int.random(in: 5...55, using: &random) / 100, width: image.width / 3,
                    height: image.height / 4), size: image.size)
            let motion = Motion.random(&random)
            // What was edited shows something else altogether.
            let edited = try image.replacing(
                with: TestBitmaps.gradient(image.width, image.height), where: mask)
            let found = try motion.applied(to: edited, &random).alignment(with: image, edited: mask)
            let error = max(abs(found.shiftX - motion.shiftX), abs(found.shiftY - motion.shiftY))
            let scaleError = abs(found.scale - motion.scale)
            let isGood = error <= 0.15 && scaleError <= 0.0005
            good += isGood && found.isConfident ? 1 : 0
            if !isGood || !found.isConfident {
                log.append("\(name) \(motion.testDescription): off by \(error) px, \(scaleError); \(found)")
            }
            // Half a pixel at the worst place is what "wrong" would look like.
            let worst = error + scaleError * Double(image.size.longEdge) / 2
            #expect(!found.isConfident || worst < 0.5, "\(name) \(motion.testDescription): \(found)")
        }
        #expect(Double(good) >= 0.95 * Double(Self.cases), "\(good) of \(Self.cases)\n\(log.joined(separator: "\n"))")
    }

    @Test("is not confident about images that have nothing to do with each other, or nothing in them")
    func unrelated() throws {
        let first = try DemoPhotographs.bitmap("dogs-phone.jpg", longEdge: 512)
        let second = try DemoPhotographs.bitmap("dandelions.webp", longEdge: 512).resized(to: first.size)
        #expect(try !second.alignment(with: first).isConfident)
        let plain = try TestBitmaps.make(400, 300) { _, _, _ in 90 }
        #expect(try !plain.alignment(with: plain).isConfident)
        let tiny = try TestBitmaps.gradient(20, 20)
        #expect(try !tiny.alignment(with: tiny).isConfident)
    }

    @Test("finds nothing to correct in an image that came back in place")
    func inPlace() throws {
        let image = try DemoPhotographs.bitmap("dogs-phone.jpg", longEdge: 700)
        let found = try image.alignment(with: image)
        #expect(found.isConfident)
        #expect(found.largestMotion(on: image.size) < 0.01)
    }
}
