import GessoPixels

/// A request for pictures, read and checked: what is to be painted, and how it is to be handed over.
struct Commission {
    enum Kind: String {
        case generation = "image_generation"
        case edit = "image_edit"
        case variation
    }

    var kind: Kind
    var options: ImageOptions
    var stream: StreamOptions
    var size: Size
    /// The sizes of the uploaded pictures.
    var inputs: [Size] = []
    /// Paints the picture of that number, 0 to `options.count - 1`.
    var paint: (_ index: Int) throws(GessoError) -> Bitmap

    var usage: TokenCount {
        TokenCount(options, size: size, inputs: inputs, partials: stream.isStreamed ? stream.partials : 0)
    }

    /// The members that answers and events share.
    var described: [String: JSONValue] {
        var members: [String: JSONValue] = [
            "background": .string(options.background == "transparent" ? "transparent" : "opaque"),
            "output_format": .string(options.format), "quality": .string(options.returnedQuality),
            "size": .string("\(size)"),
        ]
        if let identifier = options.safetyIdentifier { members["safety_identifier"] = .string(identifier) }
        return members
    }
}
