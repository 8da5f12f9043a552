import ArgumentParser
import Foundation
import Gesso

/// Whether to watch the model paint.
struct StreamOptions: ParsableArguments {
    @Flag(help: "Have the answer streamed: it comes in while the model paints.") var stream = false

    @Option(
        help: ArgumentHelp(
            "With --stream, write up to K images of the work so far (each costs tokens).", valueName: "K"))
    var partials: Int = 0

    func validate() throws {
        if !(0...3).contains(partials) { throw ValidationError("--partials takes 0 to 3.") }
        if partials > 0 && !stream { throw ValidationError("--partials goes with --stream.") }
    }

    /// Sends the request as asked; partial images become files as they arrive.
    func response(
        to directory: URL, stem: String, overwrites: Bool, plain: () async throws -> ImagesResponse,
        streamed: (Int) -> ImageStream
    ) async throws -> ImagesResponse {
        guard stream else { return try await plain() }
        return try await streamed(partials).response { partial in
            guard let data = partial.image.data else { return }
            let name = "\(stem)-partial-\(partial.index).\(partial.image.contentType?.fileExtension ?? "bin")"
            do throws(GessoError) {
                try OutputFile(in: directory, named: name).write(data, overwrites: overwrites)
            } catch {
                // A preview that cannot be written is no reason to lose the image it leads to.
                FileHandle.standardError.write(Data("gesso: \(error.message)\n".utf8))
            }
        }
    }
}
