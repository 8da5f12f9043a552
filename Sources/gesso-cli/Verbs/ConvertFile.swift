public import ArgumentParser
import Foundation
public import Gesso

extension Placement.Fit: ExpressibleByArgument {}
extension ResampleFilter: ExpressibleByArgument {}
extension ResampleFilter.Space: ExpressibleByArgument {}
extension ImageMetadata.Policy: ExpressibleByArgument {}

struct ConvertFile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Converts and resizes one image: upright, in sRGB, without private metadata.")

    @Argument(help: ArgumentHelp("A PNG, JPEG, WebP, HEIC or AVIF file, or the first frame of a GIF.", valueName: "IN"))
    var input: String
    @Argument(help: ArgumentHelp("The file to write; its extension decides the format.", valueName: "OUT")) var output:
        String
    @Option(help: ArgumentHelp("The size to fit into.", valueName: "WxH")) var resize: String?
    @Option(help: ArgumentHelp("inside, outside, cover, contain or fill.", valueName: "FIT")) var fit: Placement.Fit =
        .inside
    @Option(
        help: ArgumentHelp("lanczos3, catmullRom, mitchell, hamming, triangle, box or nearest.", valueName: "FILTER"))
    var filter: ResampleFilter = .lanczos3
    @Option(help: ArgumentHelp("Resample encoded values, or linear light.", valueName: "LIGHT")) var light:
        ResampleFilter.Space =
            .encoded
    @Option(help: ArgumentHelp("png, jpeg, webp or avif, if the extension of OUT does not tell.", valueName: "FORMAT"))
    var format: String?
    @OptionGroup var encoding: EncodingOptions
    @Option(
        help: ArgumentHelp(
            "stripPrivate (copyright, artist and digital source type stay), stripAll, or keep (EXIF and XMP stay).",
            valueName: "POLICY"))
    var metadata: ImageMetadata.Policy = .stripPrivate
    @Flag(help: "Keep all frames of an animated GIF, WebP or PNG; OUT is animated WebP then.") var animated = false
    @Flag(help: "Keep the colors unconverted and embed their profile.") var keepProfile = false
    @Option(
        help: ArgumentHelp("At most this many bytes: the best quality that fits, then a smaller size.", valueName: "N"))
    var maxBytes: Int?
    @Flag(help: "Replace OUT if it exists.") var force = false
    @OptionGroup var report: ReportOptions

    func validate() throws {
        if let resize, Size(resize) == nil { throw ValidationError("--resize takes WxH.") }
        if let maxBytes, maxBytes < 1 { throw ValidationError("--max-bytes takes 1 or more.") }
        if keepProfile, metadata == .stripAll {
            throw ValidationError("--keep-profile embeds a profile, which --metadata stripAll forbids.")
        }
        if Self.formats.contains(formatName) { _ = try encoding.encoding(for: formatName) }
    }

    func run() async throws {
        try await report.run {
            let target = URL(filePath: output)
            let encoding = try chosenEncoding()
            let file = try OutputFile(in: target.deletingLastPathComponent(), named: target.lastPathComponent)
            let source = try InputFile(input)
            var chain = Image(source.data, limits: .longSides.andGIF).metadata(metadata)
            if let size = resize.flatMap({ Size($0) }) {
                chain = chain.resized(size, fit: fit, filter: filter, space: light)
            }
            if keepProfile { chain = chain.keepingProfile() }
            if animated { chain = chain.animated() }
            let (image, maxBytes, force, policy, animated) = (chain, maxBytes, force, metadata, animated)
            return try await Progress.showing { progress in
                progress.say("converting")
                do {
                    let written = try await image.write(
                        to: file.url, as: encoding, maxBytes: maxBytes, overwrites: force)
                    return try await PixelPool.shared.run {
                        try OutputsReport(
                            converting: source.data, to: written, at: file.url, policy, animated: animated)
                    }
                } catch let error as GessoError where error.stage != "write" {
                    throw error.about(source.path)
                }
            }
        }
    }

    private static let formats = ["png", "jpeg", "jpg", "webp", "avif"]

    private var formatName: String { (format ?? URL(filePath: output).pathExtension).lowercased() }

    private func chosenEncoding() throws -> ImageEncoding {
        guard Self.formats.contains(formatName) else {
            throw GessoError(
                .unsupportedFormat, stage: "encode",
                "\u{201C}\(formatName)\u{201D} cannot be written; name OUT .png, .jpg, .webp or .avif, or give --format.",
                facts: ["found": formatName])
        }
        return try encoding.encoding(for: formatName)
    }
}
