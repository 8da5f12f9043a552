import GessoPixels
import Testing

@Suite("The point of attention")
struct FocusPointTests {
    @Test(
        "is where the only detail or color is",
        arguments: [Bitmap.Format.gray8, .rgb8, .rgba8, .rgb16], [(10, 70), (80, 20), (45, 45)])
    func detail(_ format: Bitmap.Format, _ place: (x: Int, y: Int)) throws {
        var bitmap = try Bitmap(size: Size(width: 100, height: 100), format: .rgb8)
        try bitmap.forEachRow { row, y in
            for x in 0..<100 {
                let isInside = abs(x - place.x) < 6 && abs(y - place.y) < 6
                for channel in 0..<3 { row[3 * x + channel] = isInside ? (x % 4 < 2 ? 255 : 60) : 90 }
            }
        }
        if format == .gray8 { bitmap = try gray(bitmap) } else { bitmap = try bitmap.converted(to: format) }
        let focus = try bitmap.focusPoint(cropWidth: 0.3, cropHeight: 0.3)
        #expect(abs(focus.x * 100 - Double(place.x)) < 8 && abs(focus.y * 100 - Double(place.y)) < 8)
    }

    private func gray(_ bitmap: Bitmap) throws -> Bitmap {
        var result = try Bitmap(size: bitmap.size, format: .gray8)
        try result.forEachRow { row, y in
            bitmap.withRow(y) { from in
                for x in row.indices { row[x] = from.unsafeLoad(fromByteOffset: 3 * x, as: UInt8.self) }
            }
        }
        return result
    }

    @Test("puts the crop around it as far as the edges allow")
    func anchor() {
        let (wide, square) = (Size(width: 300, height: 100), Size(width: 50, height: 50))
        for (x, left) in [(0.0, 0.0), (0.1, 0), (0.5, 100), (0.6, 130), (0.95, 200), (1, 200)] {
            let anchor = Placement.Fit.cover.anchor(for: Point(x: x, y: 0.3), of: wide, in: square)
            let box = Placement.Fit.cover.sourceBox(for: wide, in: square, anchor: anchor)
            #expect(abs(box.left - left) < 1e-9 && box.top == 0 && abs(box.width - 100) < 1e-9)
        }
    }
}

@Suite("Borders of one color")
struct TrimTests {
    @Test(
        "are found on all sides, with the noise of JPEG forgiven",
        arguments: [Bitmap.Format.gray8, .rgb8, .rgba8, .rgb16])
    func bounds(_ format: Bitmap.Format) throws {
        var bitmap = try Bitmap(size: Size(width: 40, height: 30), format: .gray8)
        try bitmap.forEachRow { row, y in
            for x in 0..<40 {
                row[x] = (7..<33).contains(x) && (4..<21).contains(y) ? 20 : UInt8(240 + (x * 7 + y) % 9)
            }
        }
        bitmap = try bitmap.converted(to: format)
        #expect(bitmap.contentBounds(threshold: 10) == Rect(x: 7, y: 4, width: 26, height: 17))
        #expect(bitmap.contentBounds(threshold: 0)?.size == Size(width: 40, height: 30))
    }

    @Test("are transparent whatever their colors are")
    func transparent() throws {
        var bitmap = try Bitmap(size: Size(width: 20, height: 20), format: .rgba8)
        try bitmap.forEachRow { row, y in
            for x in 0..<20 {
                row[4 * x] = UInt8(x * 10)
                row[4 * x + 3] = x == 12 && y == 5 ? 255 : 0
            }
        }
        #expect(bitmap.contentBounds(threshold: 10) == Rect(x: 12, y: 5, width: 1, height: 1))
    }

    @Test("are not found in a plain image")
    func plain() throws {
        #expect(try Bitmap(size: Size(width: 9, height: 9), format: .rgb8).contentBounds(threshold: 10) == nil)
    }
}
