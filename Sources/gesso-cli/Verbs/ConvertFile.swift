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

    @Argument(
        help: ArgumentHelp(
            "A PNG, JPEG, WebP, HEIC or AVIF file, or the first frame of a GIF; - reads standard input.",
            valueName: "IN"))
    var input: String
    @Argument(
        help: ArgumentHelp(
            "The file to write; its extension decides the format. - writes to standard output, with --format.",
            valueName: "OUT")) var output: String
    @Option(help: ArgumentHelp("The size to fit into, sides from 1 pixel on.", valueName: "WxH")) var resize: String?
    @Option(help: ArgumentHelp("inside, outside, cover, contain or fill.", valueName: "FIT")) var fit: Placement.Fit =
        .inside
    @Option(
        help: ArgumentHelp("lanczos3, catmullRom, mitchell, hamming, triangle, box or nearest.", valueName: "FILTER"))
    var filter: ResampleFilter = .lanczos3
    @Option(help: ArgumentHelp("Resample encoded values, or linear light.", valueName: "LIGHT")) var light:
        ResampleFilter.Space =
            .encoded
    @Option(
        help: ArgumentHelp("png, jpeg, webp or avif, where the name of OUT has no extension.", valueName: "FORMAT"))
    var format: String?
    @OptionGroup var encoding: EncodingOptions
    @Option(
        help: ArgumentHelp(
            "stripPrivate (copyright, artist and digital source type stay), stripAll, or keep (EXIF, XMP, IPTC and comments stay).",
            valueName: "POLICY"))
    var metadata: ImageMetadata.Policy = .stripPrivate
    @Flag(help: "Keep all frames of an animated GIF, WebP or PNG; OUT is animated WebP then.") var animated = false
    @Flag(help: "Keep the colors unconverted and embed their profile.") var keepProfile = false
    @Option(
        help: ArgumentHelp("At most this many bytes: the best quality that fits, then a smaller size.", valueName: "N"))
    var maxBytes: Int?
    @OptionGroup var decoding: DecodingOptions
    @Flag(help: "Replace OUT if it exists.") var force = false
    @OptionGroup var report: ReportOptions

    func validate() throws {
        if let resize, Size(resize) == nil {
            throw ValidationError("--resize takes WxH, two whole numbers from 1 on, e.g. 800x600.")
        }
        if let maxBytes, maxBytes < 1 { throw ValidationError("--max-bytes takes a whole number from 1 on.") }
        if keepProfile, metadata == .stripAll {
            throw ValidationError("--keep-profile embeds a profile, which --metadata stripAll forbids.")
        }
        if let format, ImageEncoding(format: format.lowercased(), quality: 80) == nil {
            throw ValidationError("--format takes png, jpeg, webp or avif; got \(format).")
        }
        if let format, let named, ImageEncoding(fileExtension: format, quality: 80)?.format != named {
            throw ValidationError(
                "--format \(format) does not fit the extension of \(output), which stands for \(named); leave one of them out."
            )
        }
        if output == "-", format == nil { throw ValidationError("OUT - needs --format png, jpeg, webp or avif.") }
        if output == "-", report.json {
            throw ValidationError("OUT - and --json both write to standard output; leave one of them out.")
        }
        if ImageEncoding(fileExtension: formatName, quality: 80) != nil { _ = try encoding.encoding(for: formatName) }
    }

    func run() async throws {
        try await report.run {
            let encoding = try chosenEncoding()
            if output == "-" { StandardOutput.reserveForFile() }
            let file = try OutputFile(at: output == "-" ? "/dev/stdout" : output, opensStreams: true)
            let force = force
            try file.check(overwrites: force)
            let source = try InputFile(input, maximum: report.limits.byteCount)
            var chain = Image(source.data, limits: report.limits.andGIF).metadata(metadata).decoding(decoding.level)
            if let size = resize.flatMap({ Size($0) }) {
                chain = chain.resized(size, fit: fit, filter: filter, space: light)
            }
            if keepProfile { chain = chain.keepingProfile() }
            if animated { chain = chain.animated() }
            let (image, maxBytes, policy, animated) = (chain, maxBytes, metadata, animated)
            let path = output == "-" ? "-" : file.url.path
            return try await Progress.showing { progress in
                progress.say("converting")
                do {
                    let written = try await image.encoded(as: encoding, maxBytes: maxBytes)
                    return try await PixelPool.shared.run {
                        try file.write(written.data, overwrites: force)
                        return try OutputsReport(
                            converting: source.data, to: written, at: path, policy, animated: animated)
                    }
                } catch let error as GessoError where error.stage != "write" {
                    throw error.about(source.path)
                }
            }
        }
    }

    /// The format that the extension of OUT stands for; nil if it has none that is known.
    private var named: ImageFormat? { ImageFormat(fileExtension: URL(filePath: output).pathExtension) }

    private var formatName: String {
        let name = format ?? URL(filePath: output).pathExtension
        return ImageFormat(fileExtension: name)?.rawValue ?? name.lowercased()
    }

    private func chosenEncoding() throws -> ImageEncoding {
        guard ImageEncoding(fileExtension: formatName, quality: 80) != nil else {
            throw GessoError(
                .unsupportedFormat, stage: "encode",
                "\u{201C}\(formatName)\u{201D} cannot be written; name OUT .png, .jpg, .webp or .avif, or give --format.",
                facts: ["found": formatName])
        }
        return try encoding.encoding(for: formatName)
    }
}
