import ArgumentParser
import Gesso

/// How separate parts of a mask are sent, as named on the command line.
enum RegionChoice: String, CaseIterable, ExpressibleByArgument {
    case cost, together, apart

    var policy: EditOptions.RegionPolicy {
        switch self {
        case .cost: .byCost
        case .together: .together
        case .apart: .apart
        }
    }
}

/// How an image is placed on the model's canvas and mapped back.
struct PlacementOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Add pixels around the image for the model to fill.", valueName: "L,T,R,B"))
    var pad: String?

    @Option(
        help: ArgumentHelp(
            "Add pixels for the model to fill up to this aspect ratio, e.g. 16:9.", valueName: "W:H"))
    var padTo: String?

    @Option(
        help: ArgumentHelp(
            "What added pixels look like to the model: edges, mirror, mean, or a color #rrggbb.", valueName: "FILL"))
    var fill: String = "edges"

    @Option(
        help: ArgumentHelp("How far the edit blends into the original outside the mask, in pixels.", valueName: "N"))
    var feather: Int = 12

    @Option(
        help: ArgumentHelp("The longest side to send, in pixels, or 0 for all that the model allows.", valueName: "N"))
    var longEdge: Int = 1536

    @Flag(help: "Enlarge an image that is smaller than the model's smallest canvas instead of padding it.")
    var enlarge = false

    @Option(
        help: ArgumentHelp(
            "How to send separate parts of the mask: at the least cost, in one request, or a request for each.",
            valueName: "HOW"))
    var regions: RegionChoice = .cost

    @Flag(
        name: [.customLong("whole-image"), .customLong("whole-picture")],
        help: "Send the whole image, however small the edit.")
    var wholeImage = false

    @Flag(help: "Send a JPEG if no lossless file fits the model's limit of bytes.") var allowJpeg = false

    @Flag(help: "Keep everything that the model changed, also outside the mask.")
    var noComposite = false

    @OptionGroup var decoding: DecodingOptions

    func validate() throws {
        if let pad, Pad.Insets(pad) == nil {
            throw ValidationError("--pad takes L,T,R,B in whole pixels, 0 or more each.")
        }
        if let padTo, Pad.AspectRatio(padTo) == nil {
            throw ValidationError("--pad-to takes W:H in whole numbers, e.g. 16:9.")
        }
        if PlacementOptions.fill(fill) == nil {
            throw ValidationError("--fill takes edges, mirror, mean, or a color #rrggbb.")
        }
        if !(0...1_000).contains(feather) { throw ValidationError("--feather takes 0 to 1000 pixels.") }
        if longEdge < 0 {
            throw ValidationError("--long-edge takes 1 or more pixels, or 0 for all that the model allows.")
        }
        if noComposite, regions == .apart {
            throw ValidationError("--regions apart composites onto the original; leave out --no-composite.")
        }
    }

    func options(_ request: RequestOptions, limits: ImageDecoder.Limits) throws -> EditOptions {
        var options = EditOptions(request)
        options.limits = limits
        options.outpaint = pad.flatMap { Pad.Insets($0) } ?? Pad.Insets()
        options.outpaintAspect = padTo.flatMap { Pad.AspectRatio($0) }
        options.padding = PlacementOptions.fill(fill) ?? .extendEdges
        options.feather = feather
        options.longEdge = longEdge == 0 ? nil : longEdge
        options.enlarges = enlarge
        options.regions = regions.policy
        if wholeImage { options.window = nil }
        options.sendsJPEG = allowJpeg
        options.composites = !noComposite
        options.decoding = decoding.level
        return options
    }

    private static func fill(_ text: String) -> Bitmap.PadFill? {
        switch text {
        case "edges": return .extendEdges
        case "mirror": return .blurredMirror
        case "mean": return .mean
        default: return Color(text).map { .color($0) }
        }
    }
}
