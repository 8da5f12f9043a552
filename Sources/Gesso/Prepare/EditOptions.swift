public import GessoCodecs
public import GessoPixels
public import ImagesAPI

/// How an edit is prepared and finished; every default is what most people want.
///
/// As JSON, members that are missing take their default, so that a stored job outlives a release that adds one.
public struct EditOptions: Sendable, Hashable, Codable {
    /// The model that edits.
    public var model: Model
    /// What padding on the model's canvas looks like.
    public var padding: Bitmap.PadFill
    /// The longest side that is sent, in pixels; nil is all that the model allows.
    public var longEdge: Int?
    /// Whether an image smaller than the model's smallest canvas is enlarged to it instead of padded.
    public var enlarges: Bool
    /// Pixels to add around the image for the model to fill (outpainting).
    public var outpaint: Pad.Insets
    /// The shape to give the image by adding pixels for the model to fill, beside ``outpaint``.
    public var outpaintAspect: Pad.AspectRatio?
    /// How far the transition from edit to original reaches outside the mask, in pixels of the original.
    public var feather: Int
    /// How much is sent of the surroundings of a small edit of a large image, as a part of the edit's own size on each side
    /// of it; nil always sends the whole image, as does an edit that is not composited.
    ///
    /// A whole image of 24 megapixels reaches a model at a fraction of its size and its result is soft; a window around the
    /// edit keeps its pixels. Uploads and input tokens shrink with it.
    public var context: Double?
    /// The shortest side of such a window, in pixels.
    public var minimumWindowSide: Int
    /// Whether separate parts of a mask take a request each, in parallel, or else one request with a window around all of
    /// them; nil takes whichever costs less.
    ///
    /// Costs are image tokens where the model's are published, otherwise pixels of canvas. Equal costs go together.
    public var sendsPartsApart: Bool?
    /// Whether a JPEG may be sent where no lossless form keeps under the model's byte limit; otherwise that is an error.
    public var sendsJPEG: Bool
    /// Whether a shift or scale of the result is measured and undone.
    public var registers: Bool
    /// Whether levels are matched to the surroundings of the mask.
    public var matchesTone: Bool
    /// Whether the result is composited over the original inside the mask; false keeps everything that the model returned.
    public var composites: Bool
    /// What is refused before it is decoded.
    public var limits: ImageDecoder.Limits
    /// How much damage the original, the references and the returned images may have. Masks are decoded at the standard
    /// level.
    public var decoding: ImageDecoder.Options.Level
    /// The metadata of the original that the outputs keep; none is sent to the model.
    public var metadata: ImageMetadata.Policy
    /// Request parameters, passed on as they are; nil leaves the field out.
    public var quality: GenerationRequest.Level?
    /// The background that the model generates; nil leaves the field out.
    public var background: GenerationRequest.Background?
    /// The format of the returned files; nil leaves the field out.
    public var outputFormat: GenerationRequest.OutputFormat?
    /// How many images to ask for; nil leaves the field out, which means one.
    public var n: Int?

    /// The defaults for a model.
    public init(model: Model = .gptImage26Sunburst) {
        self.model = model
        padding = .extendEdges
        longEdge = 1536
        enlarges = false
        outpaint = Pad.Insets()
        feather = 12
        (context, minimumWindowSide) = (0.75, 512)
        sendsJPEG = false
        registers = true
        matchesTone = true
        composites = true
        limits = .default
        decoding = .standard
        metadata = .stripAll
    }

    /// Whether separate parts of a mask are sent one by one or in one window.
    package var regions: RegionPolicy {
        get { sendsPartsApart.map { $0 ? .apart : .together } ?? .byCost }
        set { sendsPartsApart = newValue == .byCost ? nil : newValue == .apart }
    }

    /// The window that is sent of a large image for a small edit; nil sends the whole image.
    package var window: ContextWindow? {
        get { context.map { ContextWindow(context: $0, minimumSide: minimumWindowSide) } }
        set {
            context = newValue?.context
            if let newValue { minimumWindowSide = newValue.minimumSide }
        }
    }

    /// How files of the edit are decoded.
    func decodeOptions(targetSize: Size? = nil, preserve16Bit: Bool = false) -> ImageDecoder.Options {
        ImageDecoder.Options(limits: limits, level: decoding, targetSize: targetSize, preserve16Bit: preserve16Bit)
    }

    /// The options for an image of that upright size: a shape to reach becomes pixels to add.
    func resolved(for upright: Size) -> EditOptions {
        guard let outpaintAspect else { return self }
        var options = self
        options.outpaint = outpaint.adding(outpaintAspect, to: upright)
        options.outpaintAspect = nil
        return options
    }
}

extension EditOptions {
    public init(from decoder: any Decoder) throws {
        let stored = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        func read<Value: Decodable>(_ key: CodingKeys, _ value: inout Value) throws {
            if let found = try stored.decodeIfPresent(Value.self, forKey: key) { value = found }
        }
        // Where nil means something of its own, `null` is told apart from a member that is missing.
        func readOptional<Value: Decodable>(_ key: CodingKeys, _ value: inout Value?) throws {
            if stored.contains(key) { value = try stored.decodeIfPresent(Value.self, forKey: key) }
        }
        try read(.model, &model)
        try read(.padding, &padding)
        try readOptional(.longEdge, &longEdge)
        try read(.enlarges, &enlarges)
        try read(.outpaint, &outpaint)
        try readOptional(.outpaintAspect, &outpaintAspect)
        try read(.feather, &feather)
        try readOptional(.window, &window)
        try read(.regions, &regions)
        try read(.sendsJPEG, &sendsJPEG)
        try read(.registers, &registers)
        try read(.matchesTone, &matchesTone)
        try read(.composites, &composites)
        try read(.limits, &limits)
        try read(.decoding, &decoding)
        try read(.metadata, &metadata)
        try readOptional(.quality, &quality)
        try readOptional(.background, &background)
        try readOptional(.outputFormat, &outputFormat)
        try readOptional(.n, &n)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(model, forKey: .model)
        try container.encode(padding, forKey: .padding)
        // Written as null too: nil is not the default.
        try container.encode(longEdge, forKey: .longEdge)
        try container.encode(enlarges, forKey: .enlarges)
        try container.encode(outpaint, forKey: .outpaint)
        try container.encodeIfPresent(outpaintAspect, forKey: .outpaintAspect)
        try container.encode(feather, forKey: .feather)
        try container.encode(window, forKey: .window)
        try container.encode(regions, forKey: .regions)
        try container.encode(sendsJPEG, forKey: .sendsJPEG)
        try container.encode(registers, forKey: .registers)
        try container.encode(matchesTone, forKey: .matchesTone)
        try container.encode(composites, forKey: .composites)
        try container.encode(limits, forKey: .limits)
        try container.encode(decoding, forKey: .decoding)
        try container.encode(metadata, forKey: .metadata)
        try container.encodeIfPresent(quality, forKey: .quality)
        try container.encodeIfPresent(background, forKey: .background)
        try container.encodeIfPresent(outputFormat, forKey: .outputFormat)
        try container.encodeIfPresent(n, forKey: .n)
    }

    private enum CodingKeys: String, CodingKey {
        case model, padding, longEdge, enlarges, outpaint, outpaintAspect, feather, window, regions, sendsJPEG
        case registers, matchesTone, composites, limits, decoding, metadata, quality, background, outputFormat, n
    }
}
