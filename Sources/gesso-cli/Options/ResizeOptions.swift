public import ArgumentParser
public import Gesso

extension Placement.Gravity: ExpressibleByArgument {}
extension Placement.Fit: ExpressibleByArgument {}
extension ResampleFilter: ExpressibleByArgument {}
extension ResampleFilter.Space: ExpressibleByArgument {}
extension Flip.Direction: ExpressibleByArgument {}

/// What `convert` does to the pixels, in this order: rotate, flip, trim, resize, sharpen, flatten.
struct ResizeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Rotate clockwise by 90, 180 or 270 degrees.", valueName: "DEGREES"))
    var rotate: Int = 0
    @Option(help: ArgumentHelp("Mirror: horizontal (left to right) or vertical.", valueName: "DIRECTION"))
    var flip: Flip.Direction?
    @Flag(help: "Cut off borders that have the color of the top left pixel, or are transparent.") var trim = false
    @Option(help: ArgumentHelp("How far a border may differ from one color, 0 to 255.", valueName: "LEVELS"))
    var trimThreshold: Int = 10
    @Option(
        help: ArgumentHelp(
            "The size to fit into: WxH, one side (800x or x600), or a percentage (50%). Sides are from 1 pixel on.",
            valueName: "SIZE"))
    var resize: String?
    @Option(help: ArgumentHelp("inside, outside, cover, contain or fill, for WxH.", valueName: "FIT"))
    var fit: Placement.Fit = .inside
    @Flag(help: "Never make an image larger than it is.") var noEnlarge = false
    @Option(
        help: ArgumentHelp(
            "What cover keeps and where contain puts the image: center, north, northeast, east, southeast, south, "
                + "southwest, west, northwest, or attention (where people look; cover only).", valueName: "GRAVITY"))
    var gravity: Placement.Gravity = .center
    @Option(
        help: ArgumentHelp("lanczos3, catmullRom, mitchell, hamming, triangle, box or nearest.", valueName: "FILTER"))
    var filter: ResampleFilter = .lanczos3
    @Option(help: ArgumentHelp("Resample encoded values, or linear light.", valueName: "LIGHT")) var light:
        ResampleFilter.Space =
            .encoded
    @Option(
        help: ArgumentHelp(
            "Sharpen what was reduced to half or less, by 0 to 10; 0.5 is moderate.", valueName: "AMOUNT"))
    var sharpen: Double?
    @Option(
        help: ArgumentHelp(
            "What contain, --flatten and JPEG put behind the image: #rrggbb, #rrggbbaa, white, black or transparent.",
            valueName: "COLOR"))
    var background: String?
    @Flag(help: "Put the image on --background (default: white) wherever it is transparent.") var flatten = false

    private enum Target {
        case size(Size)
        case scale(Double)
    }

    private static func target(_ text: String) -> Target? {
        if text.hasSuffix("%") {
            guard let percent = Double(text.dropLast()), (0.01...10_000).contains(percent) else { return nil }
            return .scale(percent / 100)
        }
        if let size = Size(text) { return .size(size) }
        let sides = text.split(separator: "x", omittingEmptySubsequences: false)
        guard sides.count == 2, sides.contains(""), let side = Int(sides[0].isEmpty ? sides[1] : sides[0]), side > 0
        else { return nil }
        return .size(sides[0].isEmpty ? Size(width: 0, height: side) : Size(width: side, height: 0))
    }

    private static func color(_ text: String) -> Color? {
        switch text {
        case "white": .white
        case "black": .black
        case "transparent": .clear
        default: Color(text)
        }
    }

    func validate() throws {
        if rotate % 90 != 0 { throw ValidationError("--rotate takes 90, 180, 270, or a negative of them.") }
        if !(0...255).contains(trimThreshold) { throw ValidationError("--trim-threshold takes 0 to 255.") }
        if let resize, Self.target(resize) == nil {
            throw ValidationError(
                "--resize takes WxH, Wx or xH with whole numbers from 1 on, e.g. 800x600, or 0.01% to 10000%.")
        }
        if let sharpen, !(0...10).contains(sharpen) { throw ValidationError("--sharpen takes 0 to 10.") }
        if let background, Self.color(background) == nil {
            throw ValidationError("--background takes #rrggbb, #rrggbbaa, white, black or transparent.")
        }
        if gravity == .attention, fit != .cover {
            throw ValidationError("--gravity attention says what --fit cover keeps; give both.")
        }
    }

    /// The chain with the stages that were asked for.
    func applied(to image: Image, as format: ImageFormat) -> Image {
        var chain = image
        if rotate % 360 != 0 { chain = chain.rotated(rotate) }
        if let flip { chain = flip == .vertical ? chain.flipped() : chain.mirrored() }
        if trim { chain = chain.trimmed(threshold: trimThreshold) }
        let background = background.flatMap(Self.color)
        switch resize.flatMap(Self.target) {
        case .size(let size):
            chain = chain.resized(
                size, fit: fit, filter: filter, inLinearLight: light == .linear, enlarges: !noEnlarge, gravity: gravity,
                background: background ?? .clear)
        case .scale(let scale):
            var resize = Resize(by: noEnlarge ? min(scale, 1) : scale)
            (resize.filter, resize.inLinearLight) = (filter, light == .linear)
            chain = chain.applying { resize }
        case nil: break
        }
        if let sharpen { chain = chain.sharpened(amount: sharpen) }
        if flatten || (format == .jpeg && background != nil) {
            chain = chain.applying {
                ConvertToSRGB()
                Flatten(onto: background ?? .white)
            }
        }
        return chain
    }
}
