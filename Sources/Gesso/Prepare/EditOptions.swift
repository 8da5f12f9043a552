public import GessoCodecs
public import GessoPixels
public import ImagesAPI

/// How an edit is prepared and finished; every default is what most people want.
public struct EditOptions: Sendable, Hashable, Codable {
    public var model: Model
    /// What padding on the model's canvas looks like.
    public var padding: PadFill
    /// The longest side that is sent, in pixels; nil is all that the model allows.
    public var longEdge: Int?
    /// Pixels to add around the picture and have painted (outpainting).
    public var outpaint: Insets
    /// How far the transition from edit to original reaches outside the mask, in pixels of the original.
    public var feather: Int
    /// The window that is sent of a large picture for a small edit; nil always sends the whole picture.
    public var window: ContextWindow?
    /// Whether a shift or scale of what came back is measured and undone.
    public var registers: Bool
    /// Whether levels are matched to the surroundings of the mask.
    public var matchesTone: Bool
    /// Whether the original is put back outside the mask; false keeps everything the model repainted.
    public var composites: Bool
    /// What is refused before it is decoded.
    public var limits: DecodeLimits
    /// Request parameters, passed on as they are; nil leaves the field out.
    public var quality: Quality?
    public var background: Background?
    public var outputFormat: OutputFormat?
    public var n: Int?

    public init(model: Model = .gptImage26Sunburst) {
        self.model = model
        padding = .extendEdges
        longEdge = 1536
        outpaint = Insets()
        feather = 12
        window = ContextWindow()
        registers = true
        matchesTone = true
        composites = true
        limits = .default
    }
}
