public import GessoCodecs
public import GessoPixels

/// One named output of an edit: a size and an encoding.
public struct Rendition: Sendable, Hashable, Codable {
    /// Goes into file names: letters, digits, `-`.
    public var name: String
    /// The box that the image must fit into (or fill, with ``covers``); nil keeps the size.
    public var bounds: Size?
    /// Whether the image fills ``bounds`` and is cropped to them, instead of fitting inside.
    public var covers: Bool
    /// Which part fills ``bounds`` with ``covers``; nil is the center. Of an edit, `attention` keeps the mask in sight.
    public var gravity: Placement.Gravity?
    /// Nil keeps the original's own format: see ``original``.
    public var encoding: ImageEncoding?
    /// Whether all frames of an animated source are kept, in WebP; otherwise its first frame is taken.
    ///
    /// Counts where outputs are made of a file: `Image.renditions` and thumbnails of responses.
    public var isAnimated = false

    /// An output of a name of your own; ``thumbnail(_:covers:gravity:animated:as:)-(Int,_,_,_,_)`` names it after its size.
    public init(
        name: String, bounds: Size? = nil, covers: Bool = false, gravity: Placement.Gravity? = nil,
        as encoding: ImageEncoding?
    ) {
        self.name = name
        self.bounds = bounds
        self.covers = covers
        self.gravity = gravity
        self.encoding = encoding
    }

    /// The whole image in the format it came in: a JPEG stays a JPEG whose untouched blocks keep their coefficients,
    /// tables and size; a lossless original stays lossless; a lossy WebP becomes a lossless one.
    ///
    /// A JPEG whose blocks cannot be replaced (CMYK, gray under an edit in color, outpainted, or an edit that was not
    /// composited) is encoded again at quality 95, and the output says so.
    public static var original: Rendition { Rendition(name: "full", as: nil) }

    /// The whole image in its own size, pixel format and profile.
    public static func fullSize(as encoding: ImageEncoding = .png) -> Rendition {
        Rendition(name: "full", as: encoding)
    }

    /// An image that fits into a square of `side` pixels (or fills it, with `covers`), upright, in sRGB.
    ///
    /// With `animated`, all frames of an animated source are kept; `encoding` must be WebP then.
    public static func thumbnail(
        _ side: Int, covers: Bool = false, gravity: Placement.Gravity? = nil, animated: Bool = false,
        as encoding: ImageEncoding
    ) -> Rendition {
        .thumbnail(
            Size(width: side, height: side), covers: covers, gravity: gravity, animated: animated, as: encoding)
    }

    /// An image that fits into `bounds` (or fills them, with `covers`), upright, in sRGB.
    ///
    /// With `animated`, all frames of an animated source are kept; `encoding` must be WebP then.
    public static func thumbnail(
        _ bounds: Size, covers: Bool = false, gravity: Placement.Gravity? = nil, animated: Bool = false,
        as encoding: ImageEncoding
    ) -> Rendition {
        let name = bounds.width == bounds.height ? "\(bounds.width)" : "\(bounds)"
        let place = gravity.map { "-\($0.rawValue)" } ?? ""
        var rendition = Rendition(
            name: name + (covers ? "-cover" : "") + place, bounds: bounds, covers: covers, gravity: gravity,
            as: encoding)
        rendition.isAnimated = animated
        return rendition
    }

    /// Makes the output from a finished frame; without an encoding of its own it becomes PNG.
    func render(_ frame: consuming Frame, _ metadata: ImageMetadata = .none) throws(GessoError) -> EncodedImage {
        let finished = try pipeline.run(consume frame)
        var file = try PixelWork.encode(
            finished.bitmap, as: encoding ?? .png, profile: finished.profile, metadata: metadata)
        file.prepend(finished.warnings + metadata.warnings)
        return file
    }

    /// The same for an edit of an image with that header, in whose format ``original`` is encoded.
    func render(
        _ frame: consuming Frame, for header: ImageHeader, _ metadata: ImageMetadata = .none
    ) throws(GessoError) -> EncodedImage {
        var rendition = self
        rendition.encoding = encoding ?? fallbackEncoding(for: header)
        return try rendition.render(consume frame, metadata)
    }

    /// Whether this is the whole image in the format of the original.
    package var isOriginalFile: Bool { encoding == nil && bounds == nil }

    /// How an image is encoded in the format of the original, where its file is not patched.
    func fallbackEncoding(for header: ImageHeader) -> ImageEncoding {
        switch header.format {
        case .webp: .webpLossless
        case .jpeg: .jpeg(quality: 95)
        default: .png
        }
    }

    /// What is done to the pixels, but for what the encoding needs.
    var stages: [any Stage] { bounds.map { [Thumbnail($0, covers: covers, gravity: gravity)] } ?? [] }

    /// What is done to the pixels.
    var pipeline: Pipeline { Pipeline(stages + [PrepareForEncoding(encoding ?? .png)]) }
}

extension Rendition {
    private enum CodingKeys: CodingKey { case name, bounds, covers, gravity, encoding, isAnimated }

    /// Decodes a stored rendition; keys that earlier versions did not have may be missing.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try values.decode(String.self, forKey: .name),
            bounds: try values.decodeIfPresent(Size.self, forKey: .bounds),
            covers: try values.decode(Bool.self, forKey: .covers),
            gravity: try values.decodeIfPresent(Placement.Gravity.self, forKey: .gravity),
            as: try values.decodeIfPresent(ImageEncoding.self, forKey: .encoding))
        isAnimated = try values.decodeIfPresent(Bool.self, forKey: .isAnimated) ?? false
    }

    /// Reads `WIDTHxHEIGHT[:FORMAT[:qN]]`, with `:cover` or `:cover:GRAVITY` appended to fill the box and `:animated` to keep
    /// all frames, e.g. `256x256:webp:q80`.
    ///
    /// The format is png, jpeg, webp or avif (webp when left out), the quality 1…100 (80 when left out). Throws
    /// `invalidParameter`.
    package init(specification text: String) throws(GessoError) {
        var fields = text.split(separator: ":", omittingEmptySubsequences: false)[...]
        let invalid = GessoError(
            .invalidParameter, stage: "thumbnail",
            "\u{201C}\(text)\u{201D} is not a thumbnail; write WIDTHxHEIGHT[:FORMAT[:qN]][:cover[:GRAVITY]][:animated], e.g. "
                + "256x256:webp:q80, with sides of 1 to 16383 pixels and a quality of q1 to q100.",
            facts: ["found": text])
        guard let first = fields.popFirst(), let bounds = Size(first), bounds.longEdge <= 16_383 else { throw invalid }
        let animated = fields.last == "animated"
        if animated { fields.removeLast() }
        var gravity = fields.last.flatMap { Placement.Gravity(rawValue: String($0)) }
        if gravity != nil { fields.removeLast() }
        let covers = fields.last == "cover"
        if covers { fields.removeLast() }
        guard covers || gravity == nil else { throw invalid }
        if gravity == .center { gravity = nil }
        let format = fields.popFirst().map(String.init) ?? "webp"
        var quality = 80
        if let field = fields.popFirst() {
            guard field.first == "q", let number = Int(field.dropFirst()), (1...100).contains(number) else {
                throw invalid
            }
            quality = number
        }
        guard fields.isEmpty, let encoding = ImageEncoding(format: format, quality: quality) else { throw invalid }
        guard !animated || encoding.format == .webp else { throw .animatedOutput(encoding.format) }
        self = .thumbnail(bounds, covers: covers, gravity: gravity, animated: animated, as: encoding)
    }
}

extension ImageEncoding {
    /// The encoding of a format's name with a quality of 1…100 where the format knows one; nil for another name.
    package init?(format: String, quality: Int) {
        switch format {
        case "png": self = .png(reduces: true)
        case "jpeg", "jpg": self = .jpeg(quality: quality)
        case "webp": self = .webp(quality: quality)
        case "avif": self = .avif(quality: quality)
        default: return nil
        }
    }
}
