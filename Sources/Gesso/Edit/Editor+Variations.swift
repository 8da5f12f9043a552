import GessoCodecs
import GessoPixels
public import ImagesAPI

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension Editor {
    /// Makes images like `photo`, any file that can be edited: oriented upright, converted to sRGB and placed on a canvas of
    /// the model.
    ///
    /// Uses the endpoint for variations on servers that have it, for square images without further options; elsewhere an edit
    /// with a stated prompt (`emulationPrompt` of the response). `count` images are asked for, by default ``EditOptions/n``; model,
    /// quality, background and format are those of ``options``. Throws `GessoError` for an image that cannot be prepared and
    /// `ImagesAPIError` for a failed request.
    public func variations(of photo: Data, count: Int? = nil) async throws -> ImagesResponse {
        let prepared = try await prepare(photo)
        let upload = prepared.uploads[0]
        var request = VariationRequest(
            image: try ImageUpload(try await png(upload.parts[0])), n: count ?? options.n, emulationModel: options.model
        )
        // The endpoint for variations has sizes of its own, and responds with URLs by default.
        request.responseFormat = "b64_json"
        request.emulationSize = ImageSize(rawValue: "\(upload.canvas)")
        request.quality = options.quality
        request.background = options.background
        request.outputFormat = options.outputFormat
        return try await client.vary(request)
    }

    /// The endpoint for variations takes PNG alone, whatever its model would take in an edit.
    private func png(_ part: PreparedEdit.Part) async throws -> Data {
        guard part.image.format != .png else { return part.data }
        return try await Image(part.data, budget: budget).encoded(as: .png).data
    }
}
