import ArgumentParser
import Gesso

/// Request fields that are passed on unchanged, because the server decides what its models accept.
struct RequestOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The model.", valueName: "MODEL"))
    var model: String = Model.gptImage26Sunburst.rawValue

    @Option(help: ArgumentHelp("low, medium, high, xhigh, max or auto.", valueName: "QUALITY"))
    var quality: String?

    @Option(help: ArgumentHelp("transparent, opaque or auto.", valueName: "BACKGROUND"))
    var background: String?

    @Option(help: ArgumentHelp("The file format that the model returns: png, webp or jpeg.", valueName: "FORMAT"))
    var format: String?

    @Option(name: .customShort("n"), help: ArgumentHelp("How many images, 1 to 10.", valueName: "N"))
    var n: Int?

    func validate() throws {
        if let n, !(1...10).contains(n) { throw ValidationError("-n takes 1 to 10.") }
    }
}

extension EditOptions {
    /// The request's own fields; all else as by default.
    init(_ request: RequestOptions) {
        self.init(model: Model(rawValue: request.model))
        quality = request.quality.map { GenerationRequest.Level(rawValue: $0) }
        background = request.background.map { GenerationRequest.Background(rawValue: $0) }
        outputFormat = request.format.map { GenerationRequest.OutputFormat(rawValue: $0) }
        n = request.n
    }
}

/// Additional outputs.
struct ThumbnailOptions: ParsableArguments {
    @Option(
        name: .customLong("thumbnail"),
        help: ArgumentHelp(
            "WIDTHxHEIGHT[:FORMAT[:qN]][:cover[:GRAVITY]][:animated], e.g. 256x256:webp:q80; repeatable. GRAVITY is as in "
                + "convert; of an edit, attention keeps the mask in sight.",
            valueName: "SPEC"))
    var specifications: [String] = []

    @Option(
        help: ArgumentHelp(
            "The metadata that edited images and thumbnails keep: stripAll, stripPrivate (copyright, artist and digital source "
                + "type), or keep (EXIF, XMP, IPTC and comments).", valueName: "POLICY"))
    var metadata: ImageMetadata.Policy = .stripAll

    func renditions() throws -> [Rendition] { try specifications.map { try Rendition(specification: $0) } }
}
