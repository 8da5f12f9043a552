import GessoPixels
import Testing

@Suite("Orient, crop and pad")
struct TransformTests {
    /// The stored position of the upright pixel (x, y), by EXIF 2.32, 4.6.4 A.
    private func stored(_ x: Int, _ y: Int, _ orientation: Orientation, _ size: Size) -> (Int, Int) {
        let (right, bottom) = (size.width - 1, size.height - 1)
        return switch orientation {
        case .up: (x, y)
        case .upMirrored: (right - x, y)
        case .down: (right - x, bottom - y)
        case .downMirrored: (x, bottom - y)
        case .leftMirrored: (y, x)
        case .right: (y, bottom - x)
        case .rightMirrored: (right - y, bottom - x)
        case .left: (right - y, x)
        }
    }

    @Test(
        "Every orientation reads the right stored pixel, and its inverse restores the image",
        arguments: Orientation.allCases, allFormats)
    func orientations(orientation: Orientation, format: Bitmap.Format) throws {
        let image = try TestImages.noise(Size(width: 37, height: 34), format, seed: 3)
        let upright = try image.oriented(orientation)
        #expect(upright.size == orientation.upright(image.size))
        for y in 0..<upright.height {
            for x in 0..<upright.width {
                let (fromX, fromY) = stored(x, y, orientation, image.size)
                #expect(upright.sample(x, y) == image.sample(fromX, fromY))
            }
        }
        #expect(try upright.oriented(orientation.inverse) == image)
    }

    @Test("Cropping a padded image to its original rectangle restores it", arguments: allFormats)
    func padAndCrop(format: Bitmap.Format) throws {
        let image = try TestImages.noise(Size(width: 9, height: 6), format, seed: 4)
        for fill in [Bitmap.PadFill.extendEdges, .blurredMirror, .mean, .color(Color(red: 9, green: 99, blue: 199))] {
            let padded = try image.padded(left: 20, top: 1, right: 3, bottom: 30, fill: fill)
            #expect(padded.size == Size(width: 32, height: 37))
            let inside = try padded.cropped(to: Rect(x: 20, y: 1, width: 9, height: 6))
            #expect(inside == (try image.converted(to: padded.format)))
        }
    }

    @Test("Padding with alpha 0 keeps a visible color under it")
    func transparentPadding() throws {
        let image = try TestImages.constant(Size(width: 8, height: 8), .rgb8, [120, 60, 30])
        for fill in [Bitmap.PadFill.extendEdges, .blurredMirror, .mean, .color(Color(red: 120, green: 60, blue: 30))] {
            let padded = try image.padded(left: 4, top: 4, right: 4, bottom: 4, fill: fill, alpha: 0)
            #expect(padded.format == .rgba8)
            #expect((0..<4).map { padded.sample(0, 0, $0) } == [120, 60, 30, 0])
            #expect((0..<4).map { padded.sample(8, 8, $0) } == [120, 60, 30, 255])
        }
    }

    @Test("Padding by extended edges repeats the nearest pixel")
    func extendedEdges() throws {
        let image = try TestImages.noise(Size(width: 5, height: 4), .rgb8, seed: 5)
        let padded = try image.padded(left: 3, top: 2, right: 4, bottom: 6, fill: .extendEdges)
        for y in 0..<padded.height {
            for x in 0..<padded.width {
                for c in 0..<3 {
                    #expect(padded.sample(x, y, c) == image.sample(min(4, max(0, x - 3)), min(3, max(0, y - 2)), c))
                }
            }
        }
    }

    @Test("Rectangles outside the image and negative padding are refused")
    func refusals() throws {
        let image = try Bitmap(size: Size(width: 4, height: 4), format: .gray8)
        for rect in [
            Rect(x: 1, y: 0, width: 4, height: 4), Rect(x: -1, y: 0, width: 2, height: 2),
            Rect(x: 0, y: 0, width: 0, height: 1), Rect(x: 1, y: 1, width: .max, height: .max),
        ] {
            #expect(throws: GessoError.self) { try image.cropped(to: rect) }
        }
        #expect(throws: GessoError.self) { try image.padded(left: -1, fill: .mean) }
        #expect(throws: GessoError.self) { try image.padded(left: .max, fill: .mean) }
    }
}
