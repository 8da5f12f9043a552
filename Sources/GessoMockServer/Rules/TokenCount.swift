import GessoPixels

/// The tokens that `usage` reports: the published counts where there are any, otherwise estimates.
struct TokenCount: Sendable, Equatable {
    var textInput: Int
    var imageInput: Int
    var output: Int

    /// - Parameters:
    ///   - inputs: The sizes of the uploaded images.
    ///   - partials: The number of partial images; each costs 100 tokens.
    init(_ options: ImageOptions, size: Size, inputs: [Size] = [], partials: Int = 0) {
        // The tokenizer of these models is not published; four characters a token is an estimate.
        textInput = (options.prompt.unicodeScalars.count + 3) / 4
        imageInput = inputs.reduce(0) { $0 + TokenCount.input($1) }
        let each =
            switch options.model.tokens {
            case .formula: TokenCount.formula(size: size, quality: options.quality)
            case .table: TokenCount.table(size: size, quality: options.quality)
            }
        output = each * options.count + 100 * partials
    }

    var total: Int { textInput + imageInput + output }

    /// ⌈L · S · (2,000,000 + W · H) / 4,000,000⌉ with S = round(L · short edge / long edge). Equals the published
    /// calculator of gpt-image-2 for `low`, `medium` and `high`; the higher qualities are not published and continue
    /// the sequence.
    static func formula(size: Size, quality: String) -> Int {
        let long =
            switch quality {
            case "low": 16
            case "high": 96
            case "xhigh": 144
            case "max": 192
            default: 48
            }
        let short = Int((Double(long * size.shortEdge) / Double(size.longEdge)).rounded())
        return (long * short * (2_000_000 + size.width * size.height) + 3_999_999) / 4_000_000
    }

    /// The published table of the first generation, by aspect ratio.
    static func table(size: Size, quality: String) -> Int {
        let square =
            switch quality {
            case "low": 272
            case "high": 4160
            default: 1056
            }
        if size.width == size.height { return square }
        let extra = size.width > size.height ? [272: 400, 1056: 1568, 4160: 6208] : [272: 408, 1056: 1584, 4160: 6240]
        return extra[square] ?? square
    }

    /// 65, and 129 for each tile of 512 × 512 pixels, as published for low fidelity.
    private static func input(_ size: Size) -> Int {
        65 + 129 * ((size.width + 511) / 512) * ((size.height + 511) / 512)
    }

    /// The `usage` object; that of a streamed response has no output details.
    func json(withOutputDetails: Bool) -> RequestValue {
        var members: [String: RequestValue] = [
            "input_tokens": .integer(textInput + imageInput), "output_tokens": .integer(output),
            "total_tokens": .integer(total),
            "input_tokens_details": .object([
                "text_tokens": .integer(textInput), "image_tokens": .integer(imageInput),
            ]),
        ]
        if withOutputDetails {
            members["output_tokens_details"] = .object(["image_tokens": .integer(output), "text_tokens": .integer(0)])
        }
        return .object(members)
    }
}
