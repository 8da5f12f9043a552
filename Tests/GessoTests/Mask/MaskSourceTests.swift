import Foundation
import Gesso
import GessoCodecs
import GessoPixels
import Testing

@Suite("Mask sources")
struct SelectionTests {
    static let size = Size(width: 64, height: 48)
    static let box = MaskSource.rectangle(Rect(x: 8, y: 6, width: 30, height: 20))
    static let disc = MaskSource.ellipse(in: Rect(x: 20, y: 10, width: 30, height: 30))
    static let roof = MaskSource.polygon([Point(x: 5, y: 40), Point(x: 30.5, y: 4.25), Point(x: 60, y: 44)])
    static let line = MaskSource.stroke([Point(x: 5, y: 5), Point(x: 50, y: 40.5)], radius: 3.5)

    static let expressions: [MaskSource] = [
        box, disc, roof, line,
        .polygon(outlines: [[Point(x: 1, y: 2), Point(x: 30, y: 2), Point(x: 9, y: 40)]], evenOdd: true),
        .strokes([
            Mask.BrushStroke([Point(x: 9, y: 9)], radius: 4), Mask.BrushStroke([Point(x: 40, y: 30)], radius: 2.25),
        ]),
        box.union(disc), box.intersection(disc), disc.subtracting(box), roof.inverted(), box.dilated(by: 3),
        box.eroded(by: 2), disc.feathered(radius: 6),
        disc.subtracting(.ellipse(in: Rect(x: 30, y: 20, width: 9, height: 9)))
            .holesFilled(),
        .union([box, disc.inverted().intersection(roof), line.feathered(radius: 2)]).subtracting(line).dilated(by: 1),
    ]

    @Test("Operations are those of masks")
    func operations() throws {
        let size = Self.size
        let (box, disc) = try (Self.box.mask(for: size), Self.disc.mask(for: size))
        #expect(try Self.box.union(Self.disc).mask(for: size) == box.union(disc))
        #expect(try Self.box.intersection(Self.disc).mask(for: size) == box.intersection(disc))
        #expect(try Self.box.subtracting(Self.disc).mask(for: size) == box.subtracting(disc))
        #expect(try Self.box.inverted().mask(for: size) == box.inverted())
        #expect(try Self.disc.dilated(by: 2).mask(for: size) == disc.dilated(by: 2))
        #expect(try Self.disc.eroded(by: 2).mask(for: size) == disc.eroded(by: 2))
        #expect(try Self.disc.feathered(radius: 5).mask(for: size) == disc.feathered(radius: 5))
        let ring = Self.disc.subtracting(.rectangle(Rect(x: 30, y: 20, width: 6, height: 6)))
        #expect(try ring.holesFilled().mask(for: size) == disc)
        #expect(MaskSource.union([Self.box, Self.disc]) == Self.box.union(Self.disc))
    }

    @Test("A mask comes back from JSON as it was, and always as the same text", arguments: expressions)
    func coding(mask: MaskSource) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let json = try encoder.encode(mask)
        let back = try JSONDecoder().decode(MaskSource.self, from: json)
        #expect(back == mask)
        #expect(try encoder.encode(back) == json)
        #expect(try back.mask(for: Self.size) == mask.mask(for: Self.size))
    }

    @Test("The JSON is what the documentation says")
    func format() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let source = MaskSource.rectangle(Rect(x: 0, y: 0, width: 40, height: 12))
            .subtracting(.polygon([Point(x: 10.5, y: 9), Point(x: 7, y: 6), Point(x: 13, y: 9)]))
            .feathered(radius: 4)
        #expect(
            try String(decoding: encoder.encode(source), as: UTF8.self)
                == #"{"feathered":{"radius":4,"selection":{"subtraction":{"from":{"rectangle":{"height":12,"width":40,"x":0,"#
                + #""y":0}},"remove":{"polygon":{"outlines":[[[10.5,9],[7,6],[13,9]]],"rule":"nonZero"}}}}}}"#)
        let image = MaskSource.image(Data([1, 2, 3]), polarity: .white)
        #expect(
            try String(decoding: encoder.encode(image), as: UTF8.self)
                == #"{"image":{"data":"AQID","polarity":"white"}}"#)
        let written =
            #"{"union": [{"strokes": [{"radius": 2, "points": [[1, 2], [3.5, 4]]}]}, {"polygon": {"outlines": []}}]}"#
        #expect(
            try JSONDecoder().decode(MaskSource.self, from: Data(written.utf8))
                == .stroke([Point(x: 1, y: 2), Point(x: 3.5, y: 4)], radius: 2).union(.polygon(outlines: [])))
    }

    @Test(
        "JSON that is no mask is an error",
        arguments: [
            "{}", #"{"circle": 4}"#, "[]", #"{"inverted": 3}"#, #"{"strokes": [{"radius": 2, "points": [[1, 2, 3]]}]}"#,
            #"{"rectangle": {"x": 0, "y": 0, "width": 4, "height": 4}, "union": []}"#,
        ])
    func broken(json: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(MaskSource.self, from: Data(json.utf8)) }
    }

    @Test("Towers of operations are refused, lists of thousands are not")
    func depth() throws {
        var tower = Self.box
        for _ in 0..<99 { tower = tower.inverted() }
        #expect(try tower.mask(for: Self.size) == Self.box.inverted().mask(for: Self.size))
        #expect(try JSONDecoder().decode(MaskSource.self, from: JSONEncoder().encode(tower)) == tower)
        tower = tower.inverted()
        let error = #expect(throws: GessoError.self) { try tower.mask(for: Self.size) }
        #expect(error?.code == .invalidParameter)
        #expect(throws: EncodingError.self) { try JSONEncoder().encode(tower) }
        let json =
            String(repeating: #"{"inverted":"#, count: 300) + #"{"union":[]}"# + String(repeating: "}", count: 300)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(MaskSource.self, from: Data(json.utf8)) }
        var list = Self.box
        for i in 0..<2000 { list = list.union(.rectangle(Rect(x: i % 60, y: i % 40, width: 1, height: 1))) }
        #expect(try list.mask(for: Size(width: 64, height: 48)).isEmpty == false)
    }

    @Test("Parts outside of the image are nothing; a mask outside of it says so")
    func outside() throws {
        let away = MaskSource.rectangle(Rect(x: 900, y: 6, width: 30, height: 20))
        #expect(try Self.box.union(away).mask(for: Self.size) == Self.box.mask(for: Self.size))
        #expect(try Self.box.subtracting(away).mask(for: Self.size) == Self.box.mask(for: Self.size))
        func code(_ mask: MaskSource) -> GessoError.Code? {
            do { _ = try mask.mask(for: Self.size) } catch { return error.code }
            return nil
        }
        #expect(code(away) == .maskEmpty)
        #expect(code(away.dilated(by: 4)) == .maskEmpty)
        #expect(code(.union([])) == .maskEmpty)
        #expect(code(Self.box.intersection(away)) == .maskEmpty)
        #expect(code(away.inverted()) == .maskCoversEverything)
        #expect(code(Self.box.dilated(by: -1)) == .invalidParameter)
        #expect(code(Self.box.eroded(by: -1)) == .invalidParameter)
        #expect(code(Self.box.feathered(radius: -1)) == .invalidParameter)
        #expect(code(Self.box.union(.polygon([]))) == .invalidParameter)
        #expect(code(Self.box.union(.image(Data("no image".utf8)))) == .unsupportedFormat)
    }

    @Test("Summaries read as words")
    func summaries() {
        #expect(Self.box.summary == "rectangle 30x20+8+6")
        #expect(Self.roof.summary == "polygon of 3 points")
        #expect(Self.line.summary == "1 brush stroke of 2 points")
        #expect(
            Self.box.subtracting(Self.disc.union(Self.roof)).feathered(radius: 12).summary
                == "(rectangle 30x20+8+6 without (ellipse in 30x30+20+10 plus polygon of 3 points)) softened over 12 px"
        )
        #expect(Self.box.inverted().description == "all but rectangle 30x20+8+6")
        #expect(
            MaskSource.union((0..<6).map { .rectangle(Rect(x: $0, y: 0, width: 1, height: 1)) }).summary
                == "rectangle 1x1+0+0 plus rectangle 1x1+1+0 plus rectangle 1x1+2+0 plus rectangle 1x1+3+0 plus 2 more")
    }

    @Test(
        "Mask images say edit by alpha, white or black, and may combine with shapes",
        arguments: MaskSource.Polarity.allCases
    )
    func images(polarity: MaskSource.Polarity) throws {
        let format: Bitmap.Format = polarity == .alpha ? .rgba8 : .gray8
        let image = try TestBitmaps.make(64, 48, format) { x, _, channel in
            let edits = x < 20
            return channel == 3 || polarity == .black ? (edits ? 0 : 255) : (edits ? 255 : 0)
        }
        let file = try ImageEncoder.encode(image, as: .png).data
        let left = MaskSource.rectangle(Rect(x: 0, y: 0, width: 20, height: 48))
        let source = MaskSource.image(file, polarity: polarity)
        #expect(try source.mask(for: Self.size) == left.mask(for: Self.size))
        #expect(
            try source.subtracting(Self.box).mask(for: Self.size) == left.subtracting(Self.box).mask(for: Self.size))
        let error = #expect(throws: GessoError.self) { try source.union(Self.box).mask(for: Self.size.transposed) }
        #expect(error?.code == .maskSizeMismatch)
        var limits = ImageDecoder.Limits.default
        limits.pixelCount = 64 * 48 - 1
        let refused = #expect(throws: GessoError.self) { try source.mask(for: Self.size, limits: limits) }
        #expect(refused?.code == .tooManyPixels && refused?.stage == "mask")
    }
}
