public import ArgumentParser
import Foundation
public import Gesso

extension Fit: ExpressibleByArgument {}
extension ResampleFilter: ExpressibleByArgument {}
extension Light: ExpressibleByArgument {}

struct ConvertFile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Converts and resizes one picture, upright and in sRGB.")

    @Argument(help: ArgumentHelp("A PNG, JPEG or WebP file.", valueName: "IN")) var input: String
    @Argument(help: ArgumentHelp("The file to write; its extension names the format.", valueName: "OUT")) var output:
        String
    @Option(help: ArgumentHelp("The size to fit into.", valueName: "WxH")) var resize: String?
    @Option(help: ArgumentHelp("inside, outside, cover, contain or fill.", valueName: "FIT")) var fit: Fit = .inside
    @Option(
        help: ArgumentHelp("lanczos3, catmullRom, mitchell, hamming, triangle, box or nearest.", valueName: "FILTER"))
    var filter: ResampleFilter = .lanczos3
    @Option(help: ArgumentHelp("Resample encoded values, or linear light.", valueName: "LIGHT")) var light: Light =
        .encoded
    @Option(help: ArgumentHelp("png, jpeg or webp, if OUT does not say.", valueName: "FORMAT")) var format: String?
    @Option(help: ArgumentHelp("1 to 100, for JPEG and lossy WebP.", valueName: "N")) var quality: Int = 80
    @Flag(help: "Lossless WebP.") var lossless = false
    @Option(
        help: ArgumentHelp("At most so many bytes: the best quality that fits, then a smaller size.", valueName: "N"))
    var maxBytes: Int?
    @Flag(help: "Replace OUT if it exists already.") var force = false
    @OptionGroup var report: ReportOptions

    func validate() throws {
        if let resize, Size(resize) == nil { throw ValidationError("--resize takes WxH.") }
        if let maxBytes, maxBytes < 1 { throw ValidationError("--max-bytes takes 1 or more.") }
        if !(1...100).contains(quality) { throw ValidationError("--quality takes 1 to 100.") }
    }

    func run() async throws {
        try await report.run {
            let target = URL(filePath: output)
            let encoding = try encoding(for: target)
            let file = try OutputFile(in: target.deletingLastPathComponent(), named: target.lastPathComponent)
            let source = try InputFile(input)
            let pipeline = Pipeline {
                Orient()
                if let size = resize.flatMap({ Size($0) }) { Resize(size, fit: fit, filter: filter, light: light) }
                ConvertToSRGB()
                Convert(to: encoding)
            }
            let hint = resize.flatMap { Size($0) }
            let (force, limit) = (force, maxBytes.map { ByteLimit(bytes: $0) })
            return try await Progress.showing { progress in
                progress.say("converting")
                return try await PixelPool.shared.run {
                    do {
                        let options = DecodeOptions(limits: .longSides, targetSize: hint)
                        let frame = try pipeline.run(Frame(decoding: source.data, options: options))
                        let image =
                            if let limit { try limit.encode(frame.bitmap, as: encoding).image } else {
                                try ImageEncoder.encode(frame.bitmap, as: encoding)
                            }
                        try file.write(image.data, overwrites: force)
                        return OutputsReport(outputs: [WrittenFile(file.url, image)])
                    } catch let error as GessoError where error.stage != "write" {
                        throw error.about(source.path)
                    }
                }
            }
        }
    }

    private func encoding(for target: URL) throws -> ImageEncoding {
        let name = (format ?? target.pathExtension).lowercased()
        if name == "webp", lossless { return .webpLossless }
        guard let encoding = ImageEncoding(format: name, quality: quality) else {
            throw GessoError(
                .unsupportedFormat, stage: "encode",
                "\u{201C}\(name)\u{201D} cannot be written; name OUT .png, .jpg or .webp, or give --format.",
                facts: ["found": name])
        }
        return encoding
    }
}
