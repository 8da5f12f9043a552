public import ArgumentParser
public import Gesso

extension ImageEncoding.ChromaSubsampling: ExpressibleByArgument {}

/// The settings of the encoders.
struct EncodingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("1 to 100, for JPEG, lossy WebP and AVIF.", valueName: "N")) var quality: Int = 80
    @Option(
        help: ArgumentHelp(
            "How much time to spend to make the file small: fast, default or small for PNG (default: default), 0 to 9 "
                + "for lossless WebP (default: 0), 0 to 6 for lossy WebP (default: 4).", valueName: "EFFORT"))
    var effort: String?
    @Flag(help: "PNG: keep the image's channels and bits, even those without information.") var keepLayout = false
    @Option(
        help: ArgumentHelp("JPEG: 4:4:4, 4:2:2 or 4:2:0; AVIF: 4:4:4 or 4:2:0 (default: 4:2:0).", valueName: "CHROMA"))
    var subsampling: ImageEncoding.ChromaSubsampling?
    @Flag(help: "JPEG: write a progressive file.") var progressive = false
    @Flag(help: "Lossless WebP.") var lossless = false
    @Option(
        help: ArgumentHelp(
            "Lossless WebP after small changes of samples that make the file smaller: 0 (most) to 100 (none).",
            valueName: "N"))
    var nearLossless: Int?
    @Option(help: ArgumentHelp("Lossy WebP: quality of alpha, 0 to 100 (default: 100, exact).", valueName: "N"))
    var alphaQuality: Int?
    @Option(help: ArgumentHelp("AVIF: 0 (small) to 10 (fast) (default: 7).", valueName: "N")) var speed: Int?

    func validate() throws {
        if !(1...100).contains(quality) { throw ValidationError("--quality takes 1 to 100.") }
        if let speed, !(0...10).contains(speed) { throw ValidationError("--speed takes 0 to 10.") }
        for (name, value) in [("--near-lossless", nearLossless), ("--alpha-quality", alphaQuality)] {
            if let value, !(0...100).contains(value) { throw ValidationError("\(name) takes 0 to 100.") }
        }
    }

    /// The encoding for a format by its name. Throws a usage error if an option is given that is for other formats.
    func encoding(for format: String) throws -> ImageEncoding {
        let isLossless = lossless || nearLossless != nil
        let kind =
            switch format {
            case "webp": isLossless ? "lossless WebP" : "lossy WebP"
            case "png": "PNG"
            case "avif": "AVIF"
            default: "JPEG"
            }
        let given: [(isGiven: Bool, name: String, kinds: [String])] = [
            (keepLayout, "--keep-layout", ["PNG"]), (subsampling != nil, "--subsampling", ["JPEG", "AVIF"]),
            (progressive, "--progressive", ["JPEG"]), (lossless, "--lossless", ["lossless WebP", "PNG"]),
            (nearLossless != nil, "--near-lossless", ["lossless WebP"]),
            (alphaQuality != nil, "--alpha-quality", ["lossy WebP"]),
            (speed != nil, "--speed", ["AVIF"]),
            (effort != nil, "--effort", ["PNG", "lossy WebP", "lossless WebP"]),
        ]
        for option in given where option.isGiven && !option.kinds.contains(kind) {
            throw ValidationError("\(option.name) is for \(option.kinds.joined(separator: ", ")), not for \(kind).")
        }
        switch kind {
        case "PNG":
            guard let effort = effort.map({ ImageEncoding.PNGEffort(rawValue: $0) }) ?? .default else {
                throw ValidationError("--effort takes fast, default or small for PNG.")
            }
            return .png(effort: effort, reduces: !keepLayout)
        case "JPEG":
            return .jpeg(quality: quality, subsampling: subsampling ?? .half, progressive: progressive)
        case "AVIF":
            guard subsampling != .horizontal else { throw ValidationError("AVIF takes --subsampling 4:4:4 or 4:2:0.") }
            return .avif(quality: quality, speed: speed ?? 7, subsampling: subsampling ?? .half)
        case "lossy WebP":
            return .webp(quality: quality, method: try number(upTo: 6) ?? 4, alphaQuality: alphaQuality ?? 100)
        default:
            return .webpLossless(effort: try number(upTo: 9) ?? 0, nearLossless: nearLossless ?? 100)
        }
    }

    private func number(upTo highest: Int) throws -> Int? {
        guard let effort else { return nil }
        guard let number = Int(effort), (0...highest).contains(number) else {
            throw ValidationError("--effort takes 0 to \(highest) for this kind of WebP.")
        }
        return number
    }
}
