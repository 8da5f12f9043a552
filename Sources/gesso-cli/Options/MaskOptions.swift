public import ArgumentParser
import Foundation
public import Gesso

extension MaskPolarity: ExpressibleByArgument {}

/// What to edit.
struct MaskOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A mask picture, exactly as large as the upright photograph.", valueName: "FILE"))
    var mask: String?

    @Option(help: ArgumentHelp("Edit this rectangle, in pixels of the upright photograph.", valueName: "X,Y,W,H"))
    var maskRect: String?

    @Option(help: ArgumentHelp("Edit the ellipse in this rectangle.", valueName: "X,Y,W,H"))
    var maskEllipse: String?

    @Option(
        help: ArgumentHelp("What the mask picture says edit with: alpha (0), white or black.", valueName: "POLARITY"))
    var maskPolarity: MaskPolarity = .alpha

    func validate() throws {
        if [mask, maskRect, maskEllipse].compactMap({ $0 }).count > 1 {
            throw ValidationError("Give one of --mask, --mask-rect and --mask-ellipse.")
        }
        for text in [maskRect, maskEllipse].compactMap({ $0 }) where MaskOptions.rect(text) == nil {
            throw ValidationError("\u{201C}\(text)\u{201D} is not X,Y,W,H in whole pixels with W and H above 0.")
        }
    }

    func selection() throws -> Selection? {
        if let rect = maskRect.flatMap(MaskOptions.rect) { return .rectangle(rect) }
        if let rect = maskEllipse.flatMap(MaskOptions.rect) { return .ellipse(in: rect) }
        if let mask { return .image(try InputFile(mask).data, polarity: maskPolarity) }
        return nil
    }

    private static func rect(_ text: String) -> Rect? {
        let fields = text.split(separator: ",", omittingEmptySubsequences: false).compactMap { Int($0) }
        guard fields.count == 4, fields[2] > 0, fields[3] > 0, fields.allSatisfy({ abs($0) <= 1_000_000 }) else {
            return nil
        }
        return Rect(x: fields[0], y: fields[1], width: fields[2], height: fields[3])
    }
}
