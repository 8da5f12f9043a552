import Foundation
import GessoPixels
import Testing

@Suite("Masks")
struct MaskTests {
    let size = Size(width: 60, height: 44)

    @Test("A feathered mask is full inside and exactly 0 from its radius on", arguments: [0, 1, 2, 3, 8, 13, 30])
    func feather(radius: Int) throws {
        let rect = Rect(x: 21, y: 15, width: 14, height: 9)
        let soft = try Mask.rectangle(rect, size: size).feathered(radius: radius)
        for y in 0..<size.height {
            for x in 0..<size.width {
                let distance = max(rect.x - x, x - rect.maxX + 1, rect.y - y, y - rect.maxY + 1)
                if distance <= 0 { #expect(soft[x, y] == 255) }
                if distance > radius { #expect(soft[x, y] == 0) }
            }
        }
        let slope = (0...radius).map { soft[rect.maxX - 1 + min($0, size.width - rect.maxX), 19] }
        #expect(slope == slope.sorted(by: >))
    }

    @Test("The coverage of a feathered edge falls like a Gaussian", arguments: [12, 25, 40])
    func gaussian(radius: Int) throws {
        let wide = Size(width: 240, height: 9)
        let soft = try Mask.rectangle(Rect(x: 0, y: 0, width: 120, height: 9), size: wide).feathered(radius: radius)
        // Dilated by half, blurred by boxes of these radii: their variances add up.
        let (edge, support) = (120 + radius - radius / 2, radius / 2)
        let radii = [support / 3, (support + 1) / 3, (support + 2) / 3]
        let variance = radii.reduce(0.0) { $0 + (Double((2 * $1 + 1) * (2 * $1 + 1)) - 1) / 12 }
        for x in 100..<200 {
            let exact = 255 * 0.5 * erfc((Double(x) + 0.5 - Double(edge)) / (2 * variance).squareRoot())
            #expect(abs(Double(soft[x, 4]) - exact) < 6, "at \(x)")
        }
    }

    @Test("A luminance mask uses Rec. 709 weights in both polarities, and ignores transparent pixels")
    func luminance() throws {
        let image = try TestImages.noise(Size(width: 50, height: 40), .rgba8, seed: 8)
        let (white, black) = (try Mask(luminanceOf: image), try Mask(luminanceOf: image, blackMeansEdit: true))
        for y in 0..<40 {
            for x in 0..<50 {
                let samples = (0..<4).map { Double(image.sample(x, y, $0)) }
                let luminance = 0.2126 * samples[0] + 0.7152 * samples[1] + 0.0722 * samples[2]
                #expect(abs(Double(white[x, y]) - luminance * samples[3] / 255) <= 1.5)
                #expect(abs(Double(black[x, y]) - (255 - luminance) * samples[3] / 255) <= 1.5)
            }
        }
    }

    @Test(
        "Dilation and erosion take the extremes of the square around each pixel", arguments: [-3, -1, 0, 1, 2, 7, 50])
    func growth(radius: Int) throws {
        let mask = try Mask(coverage: TestImages.noise(Size(width: 23, height: 17), .gray8, seed: 12))
        let dilated = try mask.dilated(by: radius)
        let reach = abs(radius)
        for y in 0..<17 {
            for x in 0..<23 {
                let values = (max(0, y - reach)...min(16, y + reach)).flatMap { row in
                    (max(0, x - reach)...min(22, x + reach)).map { mask[$0, row] }
                }
                #expect(dilated[x, y] == (radius < 0 ? values.min() : values.max()))
            }
        }
    }

    @Test("An ellipse covers its area, antialiased at the edge")
    func ellipse() throws {
        let mask = try Mask.ellipse(in: Rect(x: 10, y: 6, width: 40, height: 30), size: size)
        let area = Double.pi * 20 * 15
        #expect(abs(mask.coveredFraction * 60 * 44 - area) < 1)
        #expect(mask.boundingBox == Rect(x: 10, y: 6, width: 40, height: 30))
        #expect(mask[30, 21] == 255 && mask[10, 6] == 0)
    }

    @Test("Bounding box and statistics of a rectangle clipped by the image")
    func measures() throws {
        let mask = try Mask.rectangle(Rect(x: 50, y: -4, width: 100, height: 8), size: size)
        #expect(mask.boundingBox == Rect(x: 50, y: 0, width: 10, height: 4))
        #expect(mask.coveredFraction == 40.0 / (60 * 44))
        #expect(try mask.inverted().inverted() == mask)
        #expect(try Mask(size: size, filledWith: 255).coversEverything)
        #expect(try Mask(size: size, filledWith: 0).isEmpty)
    }

    @Test("An unusable mask is refused with the reason")
    func refusals() throws {
        func code(_ body: () throws -> Void) -> GessoError.Code? {
            do { try body() } catch { return (error as? GessoError)?.code }
            return nil
        }
        let size = size
        #expect(code { try Mask(size: size, filledWith: 0).requireUsable(for: size) } == .maskEmpty)
        #expect(code { try Mask(size: size, filledWith: 255).requireUsable(for: size) } == .maskCoversEverything)
        #expect(code { try Mask(size: size, filledWith: 9).requireUsable(for: size.transposed) } == .maskSizeMismatch)
        #expect(code { _ = try Mask(alphaOf: Bitmap(size: size, format: .rgb8)) } == .maskWithoutAlpha)
        #expect(code { _ = try Mask.rectangle(Rect(x: 60, y: 0, width: 5, height: 5), size: size) } == .maskEmpty)
        #expect(code { _ = try Mask.rectangle(Rect(x: 1, y: 1, width: .max, height: 5), size: size) } == .maskEmpty)
        #expect(code { _ = try Mask(size: size, filledWith: 9).feathered(radius: -1) } == .invalidParameter)
    }
}
