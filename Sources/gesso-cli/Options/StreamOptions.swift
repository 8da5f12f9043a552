import ArgumentParser
import Foundation
import Gesso

/// Whether to stream the response.
struct StreamOptions: ParsableArguments {
    @Flag(help: "Stream the response while the model generates it.") var stream = false

    @Option(
        help: ArgumentHelp(
            "With --stream, write up to K partial images (each costs tokens).", valueName: "K"))
    var partials: Int = 0

    func validate() throws {
        if !(0...3).contains(partials) { throw ValidationError("--partials takes 0 to 3.") }
        if partials > 0 && !stream { throw ValidationError("--partials needs --stream.") }
    }

    /// How many partial images to ask for; nil when the response is not streamed.
    var partialImages: Int? { stream ? partials : nil }

    /// Writes a partial image into a file of its own.
    func write(_ partial: ImageStream.ReceivedImage, to directory: URL, stem: String, overwrites: Bool) {
        guard let data = partial.image.data else { return }
        let name = "\(stem)-partial-\(partial.index).\(partial.image.contentType?.fileExtension ?? "bin")"
        do throws(GessoError) {
            try OutputFile(in: directory, named: name).write(data, overwrites: overwrites)
        } catch {
            // A preview that cannot be written is no reason to lose the image that follows.
            sayError("gesso: \(error.message)")
        }
    }
}
