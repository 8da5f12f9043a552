import Testing

@testable import Gesso

@Suite("Padding to a shape")
struct AspectTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let size: Size
        let shape: String
        let insets: Pad.Insets
        var testDescription: String { "\(size) to \(shape)" }
    }

    static let cases = [
        Case(
            size: Size(width: 100, height: 100), shape: "16:9",
            insets: Pad.Insets(left: 39, top: 0, right: 39, bottom: 0)),
        Case(size: Size(width: 1600, height: 900), shape: "16:9", insets: Pad.Insets()),
        Case(
            size: Size(width: 1600, height: 900), shape: "1:1",
            insets: Pad.Insets(left: 0, top: 350, right: 0, bottom: 350)
        ),
        Case(
            size: Size(width: 99, height: 50), shape: "1:1", insets: Pad.Insets(left: 0, top: 24, right: 0, bottom: 25)),
        Case(size: Size(width: 1, height: 1), shape: "3:1", insets: Pad.Insets(left: 1, top: 0, right: 1, bottom: 0)),
    ]

    @Test("adds the least on two sides, evenly", arguments: cases)
    func insets(_ example: Case) throws {
        let aspect = try #require(Pad.AspectRatio(example.shape))
        #expect(aspect.insets(around: example.size) == example.insets)
        let frame = Frame(bitmap: try TestBitmaps.gradient(example.size.width % 200 + 1, example.size.height % 200 + 1))
        let padded = try Pad(to: aspect).run(frame)
        #expect(padded.shape == (try Pad(to: aspect).plan(frame.shape)))
    }

    @Test("never cuts, and comes within a pixel of the shape", arguments: [(16, 9), (9, 16), (1, 1), (3, 2), (21, 9)])
    func everySize(_ width: Int, _ height: Int) throws {
        let aspect = try #require(Pad.AspectRatio(width: width, height: height))
        for w in stride(from: 1, through: 700, by: 13) {
            for h in stride(from: 1, through: 700, by: 17) {
                let insets = aspect.insets(around: Size(width: w, height: h))
                #expect(min(insets.left, insets.top, insets.right, insets.bottom) >= 0)
                let (x, y) = (w + insets.left + insets.right, h + insets.top + insets.bottom)
                #expect(x == w || y == h)
                #expect(
                    abs(Double(x) - Double(y * width) / Double(height)) <= 0.5
                        || abs(Double(y) - Double(x * height) / Double(width)) <= 0.5)
            }
        }
    }

    @Test("is read as written and refused otherwise")
    func text() {
        #expect(Pad.AspectRatio("16:9").map { "\($0)" } == "16:9")
        for text in ["", "16", "16:", "0:9", "16:-9", "16:9:1", "a:b", "99999999:1"] {
            #expect(Pad.AspectRatio(text) == nil)
        }
    }

    @Test("in an edit selects what was added, and the result has the shape")
    func edit() throws {
        var options = EditOptions()
        options.outpaintAspect = Pad.AspectRatio("16:9")
        let photo = try ImageEncoder.encode(TestBitmaps.smooth(900, 900), as: .png).data
        let prepared = try Editor.PreparedEdit(photo: photo, options: options)
        let mask = try #require(try prepared.request.mask())
        #expect(mask.size == Size(width: 1600, height: 900))
        #expect(mask[10, 450] == 255 && mask[1590, 450] == 255 && mask[800, 450] == 0)
        #expect(prepared.plan.result == Size(width: 1600, height: 900))
    }
}
