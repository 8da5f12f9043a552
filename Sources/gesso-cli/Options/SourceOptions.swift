public import ArgumentParser
import Foundation
public import Gesso

extension ImageMetadata.Policy: ExpressibleByArgument {}

/// How a source image is read, and what of it the outputs keep.
struct SourceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "stripPrivate (copyright, artist and digital source type stay), stripAll, or keep (EXIF, XMP, IPTC and comments "
                + "stay).",
            valueName: "POLICY"))
    var metadata: ImageMetadata.Policy = .stripPrivate
    @Flag(help: "Keep all frames of an animated GIF, WebP or PNG; OUT is animated WebP then.") var animated = false
    @Flag(help: "Keep the colors unconverted and embed their profile.") var keepProfile = false
    @OptionGroup var decoding: DecodingOptions
    @Flag(help: "Report ThumbHash, BlurHash, the dominant color and a tiny WebP as a data: URL.") var placeholder =
        false

    func validate() throws {
        if keepProfile, metadata == .stripAll {
            throw ValidationError("--keep-profile embeds a profile, which --metadata stripAll forbids.")
        }
    }

    /// Throws a usage error if these options do not go with those of an output.
    func check(_ rendition: RenditionOptions) throws {
        if animated, placeholder || rendition.pixels.trim || rendition.pixels.gravity == .attention {
            throw ValidationError(
                "--placeholder, --trim and --gravity attention look at one frame; leave out --animated.")
        }
    }

    /// The image chain of a file with these options, without any step.
    func image(_ data: Data, limits: ImageDecoder.Limits) -> Image {
        var image = Image(data, limits: limits.andGIF).metadata(metadata).decoding(decoding.level)
        if keepProfile { image = image.keepingProfile() }
        return animated ? image.animated() : image
    }
}
