import ArgumentParser
import Foundation
import Gesso

/// How the pixels of one output are changed and encoded.
struct RenditionOptions: ParsableArguments {
    @OptionGroup(title: "Pixels") var pixels: ResizeOptions
    @Option(help: ArgumentHelp("png, jpeg, webp or avif, where OUT has no extension.", valueName: "FORMAT"))
    var format: String?
    @OptionGroup(title: "Encoding") var encoding: EncodingOptions
    @Option(
        help: ArgumentHelp("At most this many bytes: the best quality that fits, then a smaller size.", valueName: "N"))
    var maxBytes: Int?

    func validate() throws {
        if let maxBytes, maxBytes < 1 { throw ValidationError("--max-bytes takes a whole number from 1 on.") }
        if let format, ImageEncoding(fileExtension: format, quality: 80) == nil {
            throw ValidationError("--format takes png, jpeg, webp or avif; got \(format).")
        }
    }

    /// Throws a usage error if the format is not that of the path's extension.
    func checkFormat(of path: String) throws {
        let named = ImageFormat(fileExtension: URL(filePath: path).pathExtension)
        if let format, let named, ImageFormat(fileExtension: format) != named {
            throw ValidationError(
                "--format \(format) does not fit the extension of \(path), which stands for \(named); leave one of them "
                    + "out.")
        }
    }

    /// The format that was asked for, or that the path's extension stands for.
    func formatName(of path: String) -> String {
        let name = format ?? URL(filePath: path).pathExtension
        return ImageFormat(fileExtension: name)?.rawValue ?? name.lowercased()
    }

    /// The encoding for a format by its name. Throws `unsupportedFormat`, or a usage error if an option is given that
    /// is for other formats.
    func encoding(named name: String) throws -> ImageEncoding {
        guard ImageEncoding(format: name, quality: 80) != nil else {
            throw GessoError(
                .unsupportedFormat, stage: "encode",
                "\u{201C}\(name)\u{201D} cannot be written; name OUT .png, .jpg, .webp or .avif, or give --format.",
                facts: ["found": name])
        }
        return try encoding.encoding(for: name)
    }
}
