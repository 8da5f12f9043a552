import ArgumentParser
import Foundation
import Gesso

/// An edit as members of a job: the same for `prepare` and `finish`, which then agree in all that is decided.
struct EditJobOptions: ParsableArguments {
    @OptionGroup var mask: MaskOptions
    @OptionGroup var markup: MarkupOptions
    @OptionGroup var placement: PlacementOptions
    @OptionGroup var request: RequestOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var thumbnails: ThumbnailOptions
    @Option var prompt = ""
    @Flag var sameFormat = false
    /// The directory of the outputs; without it they are sent in the result's body.
    @Option var out: String?
    @Option var stem = "edit"

    /// The edit without its images; `read` gives the files of masks and markup.
    func job(limits: ImageDecoder.Limits, reading read: (String) throws -> Data) throws -> Editor.Job {
        var options = try placement.options(request, limits: limits)
        options.metadata = thumbnails.metadata
        return Editor.Job(
            prompt: prompt, mask: try mask.source(reading: read), markup: try markup.data(reading: read),
            options: options, renditions: try [sameFormat ? .original : .fullSize()] + thumbnails.renditions())
    }

    /// Where an output is written; nil for one that is sent.
    func path(_ name: String) -> String? { out.map { "\($0)/\(name)" } }
}
