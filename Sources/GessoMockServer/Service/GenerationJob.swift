import GessoPixels

/// A validated request for images: what to render, and how to return it.
struct GenerationJob {
    enum Kind: String {
        case generation = "image_generation"
        case edit = "image_edit"
        case variation
    }

    var kind: Kind
    var options: ImageOptions
    var stream: PartialImageOptions
    var size: Size
    /// The sizes of the uploaded images.
    var inputs: [Size] = []
    /// Renders the image of that index, 0 to `options.count - 1`.
    var render: (_ index: Int) throws(GessoError) -> Bitmap

    var usage: TokenCount {
        TokenCount(options, size: size, inputs: inputs, partials: stream.isStreamed ? stream.partials : 0)
    }

    /// The part of ``usage`` for one image: its own output tokens, and an even share of the input tokens.
    func usage(of index: Int) -> TokenCount {
        let (whole, count) = (usage, options.count)
        func part(_ tokens: Int) -> Int { tokens / count + (index < tokens % count ? 1 : 0) }
        var single = options
        single.count = 1
        // All partial images belong to the first image.
        var share = TokenCount(single, size: size, partials: stream.isStreamed && index == 0 ? stream.partials : 0)
        (share.textInput, share.imageInput) = (part(whole.textInput), part(whole.imageInput))
        return share
    }

    /// The members that responses and events share.
    var described: [String: RequestValue] {
        var members: [String: RequestValue] = [
            "background": .string(options.background == "transparent" ? "transparent" : "opaque"),
            "output_format": .string(options.format), "quality": .string(options.returnedQuality),
            "size": .string("\(size)"),
        ]
        if let identifier = options.safetyIdentifier { members["safety_identifier"] = .string(identifier) }
        return members
    }
}
