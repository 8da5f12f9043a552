import ArgumentParser
import Foundation
public import Gesso

extension MaskSource.Polarity: ExpressibleByArgument {}

/// The area to edit: the union of all given masks.
struct MaskOptions: ParsableArguments {
    static let discussion = """
        Several masks are combined: give several options, or one option several times. Coordinates are pixels of the \
        upright image, from its top left corner; fractions are fine in points. \
        A stored mask is JSON, e.g. {"subtraction": {"from": {"rectangle": {"x": 0, "y": 0, "width": 400, \
        "height": 300}}, "remove": {"ellipse": {"x": 50, "y": 60, "width": 90, "height": 90}}}}; its members are \
        rectangle, ellipse, polygon, strokes, image, union, intersection, subtraction, inverted, grown, shrunk, \
        feathered and holesFilled.
        """

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A mask image, exactly as large as the upright image.", valueName: "FILE"))
    var mask: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Edit this rectangle, in pixels of the upright image.", valueName: "X,Y,W,H"))
    var maskRect: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Edit the ellipse in this rectangle.", valueName: "X,Y,W,H"))
    var maskEllipse: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Edit the inside of this polygon of 3 points or more.", valueName: "X,Y;X,Y;X,Y…"))
    var maskPolygon: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Edit what a round brush of this width covers from point to point.", valueName: "WIDTH:X,Y;X,Y…")
    )
    var maskStroke: [String] = []

    @Option(
        name: .customLong("select"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Edit what this stored mask (JSON) selects.", valueName: "FILE"))
    var selections: [String] = []

    @Option(
        help: ArgumentHelp(
            "Which pixels of the mask image to edit: alpha (those with alpha 0), white or black.", valueName: "POLARITY"
        ))
    var maskPolarity: MaskSource.Polarity = .alpha

    @Flag(help: "Edit everything except the mask.") var invertMask = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Dilate the mask by this many pixels, or erode it (negative).", valueName: "N"))
    var grow: Int = 0

    /// Whether any mask is given.
    var isGiven: Bool { [mask, maskRect, maskEllipse, maskPolygon, maskStroke, selections].contains { !$0.isEmpty } }

    func validate() throws {
        for text in maskRect + maskEllipse where MaskOptions.rect(text) == nil {
            throw ValidationError("\u{201C}\(text)\u{201D} is not X,Y,W,H in whole pixels with W and H above 0.")
        }
        for text in maskPolygon where (MaskOptions.points(text)?.count ?? 0) < 3 {
            throw ValidationError(
                "\u{201C}\(text)\u{201D} is not a polygon; write 3 or more points as \"X,Y;X,Y;X,Y\", in quotes.")
        }
        for text in maskStroke where MaskOptions.stroke(text) == nil {
            throw ValidationError(
                "\u{201C}\(text)\u{201D} is not a brush stroke; write WIDTH:X,Y;X,Y, in quotes, with a width above 0.")
        }
        if !isGiven, invertMask || grow != 0 {
            throw ValidationError("--invert-mask and --grow change a mask; give one, e.g. --mask FILE.")
        }
    }

    /// The union of the masks, whose files `read` gives; nil if there is none.
    func source(
        reading read: (String) throws -> Data = { try InputFile($0).data }
    ) throws -> MaskSource? {
        guard isGiven else { return nil }
        var parts: [MaskSource] = []
        parts += try mask.map { MaskSource.image(try read($0), polarity: maskPolarity) }
        parts += maskRect.compactMap(MaskOptions.rect).map { MaskSource.rectangle($0) }
        parts += maskEllipse.compactMap(MaskOptions.rect).map { MaskSource.ellipse(in: $0) }
        parts += maskPolygon.compactMap(MaskOptions.points).map { MaskSource.polygon($0) }
        parts += maskStroke.compactMap(MaskOptions.stroke).map { MaskSource.strokes([$0]) }
        parts += try selections.map { try JSONFile.decode(MaskSource.self, read($0), from: $0, "selection") }
        var source = parts.count == 1 ? parts[0] : .union(parts)
        if grow > 0 { source = source.dilated(by: grow) }
        if grow < 0 { source = source.eroded(by: -max(grow, -1_000_000)) }
        return invertMask ? source.inverted() : source
    }

    private static func rect(_ text: String) -> Rect? {
        let fields = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        let numbers = fields.compactMap { $0 }
        guard fields.count == 4, numbers.count == 4, numbers[2] > 0, numbers[3] > 0,
            numbers.allSatisfy({ (-1_000_000...1_000_000).contains($0) })
        else { return nil }
        return Rect(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
    }

    /// Points separated by semicolons or spaces; nil if one of them is invalid.
    private static func points(_ text: some StringProtocol) -> [Point]? {
        let words = text.split { $0 == ";" || $0 == " " }
        let points = words.compactMap { word -> Point? in
            let numbers = word.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
            guard numbers.count == 2, let x = numbers[0], let y = numbers[1], x.isFinite, y.isFinite else { return nil }
            return Point(x: x, y: y)
        }
        return points.isEmpty || points.count != words.count ? nil : points
    }

    private static func stroke(_ text: String) -> Mask.BrushStroke? {
        let halves = text.split(separator: ":", omittingEmptySubsequences: false)
        guard halves.count == 2, let width = Double(halves[0]), width > 0, width.isFinite,
            let points = points(halves[1])
        else { return nil }
        return Mask.BrushStroke(points, radius: width / 2)
    }
}
