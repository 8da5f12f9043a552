import GessoPixels

/// A request for images, read and checked: what is to be rendered, and how it is to be handed over.
struct GenerationJob {
    enum Kind: String {
        case generation = "image_generation"
        case edit = "image_edit"
        case variation
    }

    var kind: Kind
    var options: ImageOptions
    var stream: StreamOptions
    var size: Size
    /// The sizes of the uploaded images.
    var inputs: [Size] = []
    /// Paints the image of that number, 0 to `options.count - 1`.
    var paint: (_ index: Int) throws(GessoError) -> Bitmap

    var usage: TokenCount {
        TokenCount(options, size: size, inputs: inputs, partials: stream.isStreamed ? stream.partials : 0)
    }

    /// That image's part of ``usage``, which the parts of all make up: its own output, and the input shared out evenly.
    func usage(of index: Int) -> TokenCount {
        let (whole, count) = (usage, options.count)
        func part(_ tokens: Int) -> Int { tokens / count + (index < tokens % count ? 1 : 0) }
        var single = options
        single.count = 1
        // The images on the way are all of the first.
        var share = TokenCount(single, size: size, partials: stream.isStreamed && index == 0 ? stream.partials : 0)
        (share.textInput, share.imageInput) = (part(whole.textInput), part(whole.imageInput))
        return share
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
