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

    /// Sends the request, streamed if requested; writes partial images to files as they arrive.
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
                // If a partial image cannot be written, the final image must not be lost.
                FileHandle.standardError.write(Data("gesso: \(error.message)\n".utf8))
            }
        }
    }
}
