import GessoCodecs
import GessoPixels
public import ImagesAPI

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Edits pictures: primes them for the model, makes the request, and brings the result back in place.
///
/// ```swift
/// let editor = Editor(client: ImagesClient())              // key from OPENAI_API_KEY
/// let result = try await editor.edit(
///     photo, prompt: "make it autumn",
///     mask: .ellipse(in: Rect(x: 300, y: 200, width: 400, height: 300)),
///     renditions: [.original, .thumbnail(256, as: .webp(quality: 80))])
/// try await result.write(to: directory)
/// ```
///
/// A value without state of its own: keep one, or make one a request. Pixel work runs on ``PixelPool/shared`` and
/// waits for ``budget``; no pixels are held while the model paints.
public struct Editor: Sendable {
    public var client: ImagesClient
    public var options: EditOptions
    public var budget: PixelBudget

    public init(client: ImagesClient, options: EditOptions = EditOptions(), budget: PixelBudget = .shared) {
        self.client = client
        self.options = options
        self.budget = budget
    }

    /// Edits what `mask` selects in `photo`, or the whole picture without a mask.
    ///
    /// `photo` and `references` are files (PNG, JPEG, WebP), told apart by content. Throws ``GessoError`` for what can
    /// be refused before the network, ``ImagesAPIError`` for what the request met, and ``UnfinishedEdit`` when the answer
    /// arrived and finishing it failed: it holds the answer, so that nothing has to be paid twice.
    public func edit(
        _ photo: Data, prompt: String, mask: Selection? = nil, references: [Data] = [],
        renditions: [Rendition] = [.original]
    ) async throws -> EditResult {
        let preparation = try await prepare(photo, mask: mask, references: references)
        let response = try await client.edit(request(prompt: prompt, preparation))
        do {
            return try await finish(response, photo: photo, preparation: preparation, renditions: renditions)
        } catch {
            throw UnfinishedEdit(response: response, preparation: preparation, cause: error)
        }
    }

    /// Runs a job that was stored as data, with its own options.
    public func run(_ job: EditJob, photo: Data, references: [Data] = []) async throws -> EditResult {
        var editor = self
        editor.options = job.options
        return try await editor.edit(
            photo, prompt: job.prompt, mask: job.mask, references: references, renditions: job.renditions)
    }

    /// The first half of ``edit(_:prompt:mask:references:renditions:)``: exactly the parts it would upload, no network.
    public func prepare(
        _ photo: Data, mask: Selection? = nil, references: [Data] = []
    ) async throws -> Preparation {
        let options = options
        let header = try ImageHeader(probing: photo, limits: options.limits)
        let plan = try Preparation.pipeline(window: nil, options: options).explain(FrameShape(header))
        return try await budget.withReservation(plan.peakBytes) {
            try await PixelPool.shared.run {
                try Preparation(photo: photo, references: references, selection: mask, options: options)
            }
        }
    }

    /// The request that a preparation leads to.
    public func request(prompt: String, _ preparation: Preparation) throws(ImagesAPIError) -> EditRequest {
        var images: [ImageUpload] = []
        var mask: ImageUpload?
        for part in preparation.parts {
            let upload = try ImageUpload(part.data, filename: part.filename)
            if part.name == "mask" { mask = upload } else { images.append(upload) }
        }
        var request = EditRequest(images: images, mask: mask, prompt: prompt, model: preparation.options.model)
        request.size = ImageSize(rawValue: "\(preparation.canvas)")
        request.quality = preparation.options.quality
        request.background = preparation.options.background
        request.outputFormat = preparation.options.outputFormat
        request.n = preparation.options.n
        return request
    }

    /// The second half of ``edit(_:prompt:mask:references:renditions:)``, also for a response that was saved.
    public func finish(
        _ response: ImagesResponse, photo: Data, preparation: Preparation, renditions: [Rendition]
    ) async throws -> EditResult {
        let bytes = preparation.finishingBytes
        var pictures: [EditResult.Picture] = []
        for image in response.images {
            guard let data = image.data else { continue }
            pictures.append(
                try await budget.withReservation(bytes) {
                    try await PixelPool.shared.run {
                        let restoration = try Restoration(result: data, photo: photo, preparation: preparation)
                        var outputs: [EditResult.Output] = []
                        for rendition in renditions {
                            try GessoError.throwIfCancelled(stage: "render")
                            outputs.append(try restoration.render(rendition, photo: photo, preparation: preparation))
                        }
                        return EditResult.Picture(
                            outputs: outputs, audit: restoration.audit, rawAudit: restoration.rawAudit, returned: data)
                    }
                })
        }
        guard !pictures.isEmpty else {
            throw GessoError(
                .emptyInput, stage: "finish",
                "The answer holds no picture data (request \(response.requestID ?? "without an id")); the raw response "
                    + "may say why.")
        }
        return EditResult(pictures: pictures, preparation: preparation, response: response)
    }
}
