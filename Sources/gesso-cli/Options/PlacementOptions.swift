import ArgumentParser
import Gesso

/// How a photograph is put on the model's canvas and brought back.
struct PlacementOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Add pixels around the photograph and have them painted.", valueName: "L,T,R,B"))
    var pad: String?

    @Option(
        help: ArgumentHelp("How far the edit blends into the original outside the mask, in pixels.", valueName: "N"))
    var feather: Int = 12

    @Option(
        help: ArgumentHelp("The longest side to send, in pixels, or 0 for all that the model allows.", valueName: "N"))
    var longEdge: Int = 1536

    @Flag(help: "Keep everything that the model repainted, also outside the mask.")
    var noComposite = false

    func validate() throws {
        if let pad, Insets(pad) == nil { throw ValidationError("--pad takes L,T,R,B in whole pixels.") }
        if !(0...1_000).contains(feather) { throw ValidationError("--feather takes 0 to 1000 pixels.") }
        if longEdge < 0 { throw ValidationError("--long-edge takes 0 or more pixels.") }
    }

    func options(_ request: RequestOptions) throws -> EditOptions {
        var options = EditOptions(model: Model(rawValue: request.model))
        options.outpaint = pad.flatMap { Insets($0) } ?? Insets()
        options.feather = feather
        options.longEdge = longEdge == 0 ? nil : longEdge
        options.composites = !noComposite
        options.quality = request.quality.map { Quality(rawValue: $0) }
        options.background = request.background.map { Background(rawValue: $0) }
        options.outputFormat = request.format.map { OutputFormat(rawValue: $0) }
        options.n = request.n
        return options
    }
}
