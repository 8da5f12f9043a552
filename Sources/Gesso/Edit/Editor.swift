import GessoCodecs
import GessoPixels
public import ImagesAPI

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Edits images: primes them for the model, makes the request, and brings the result back in place.
///
/// ```swift
/// let editor = Editor(client: ImagesClient())              // key from OPENAI_API_KEY
/// let result = try await editor.edit(
///     photo, prompt: "make it autumn",
///     mask: .ellipse(in: Rect(x: 300, y: 200, width: 400, height: 300)),
///     renditions: [.fullSize(), .thumbnail(256, as: .webp(quality: 80))])
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

    /// Edits what `mask` selects in `photo`, or the whole image without a mask.
    ///
    /// `photo` and `references` are files (PNG, JPEG, WebP), told apart by content; `markup` is a drawn overlay as large
    /// as the upright photograph, sent instead of the mask. Separate parts of the mask may take a request each, all with
    /// the same prompt (``EditOptions/regions``). Throws `GessoError` for what can be refused before the network,
    /// `ImagesAPIError` for what the request met, and ``UnfinishedEdit`` when an answer arrived and another did not, or
    /// finishing failed: it holds the answers, so that nothing has to be paid twice.
    public func edit(
        _ photo: Data, prompt: String, mask: MaskSource? = nil, markup: Data? = nil, references: [Data] = [],
        renditions: [Rendition] = [.fullSize()]
    ) async throws -> EditResult {
        let preparations = try await prepare(photo, mask: mask, markup: markup, references: references)
        let responses = try await responses(to: preparations, prompt: prompt)
        do {
            return try await finish(responses, photo: photo, preparations: preparations, renditions: renditions)
        } catch {
            throw UnfinishedEdit(responses: responses, preparations: preparations, cause: error)
        }
    }

    /// Runs a job that was stored as data, with its own options.
    public func run(_ job: EditJob, photo: Data, references: [Data] = []) async throws -> EditResult {
        var editor = self
        editor.options = job.options
        return try await editor.edit(
            photo, prompt: job.prompt, mask: job.mask, markup: job.markup, references: references,
            renditions: job.renditions)
    }

    /// Goes on with an edit: sends the requests that brought no answer, and no others, and finishes.
    ///
    /// `photo` and `prompt` are those of the edit. Throws as ``edit(_:prompt:mask:markup:references:renditions:)``.
    public func resume(
        _ unfinished: UnfinishedEdit, photo: Data, prompt: String, renditions: [Rendition] = [.fullSize()]
    ) async throws -> EditResult {
        let preparations = unfinished.preparations
        let responses = try await responses(to: preparations, prompt: prompt, besides: unfinished.responses)
        do {
            return try await finish(responses, photo: photo, preparations: preparations, renditions: renditions)
        } catch {
            throw UnfinishedEdit(responses: responses, preparations: preparations, cause: error)
        }
    }

    /// The first part of an edit: exactly the parts it would upload, no network; one preparation for each request, at
    /// least one.
    public func prepare(
        _ photo: Data, mask: MaskSource? = nil, markup: Data? = nil, references: [Data] = []
    ) async throws -> [Preparation] {
        let options = options
        let bytes = try await PixelPool.shared.run {
            try Preparation.preparingBytes(
                photo: photo, mask: mask, markup: markup, references: references, options: options)
        }
        return try await budget.withReservation(bytes) {
            try await PixelPool.shared.run {
                try Preparation.requests(
                    photo: photo, references: references, mask: mask, markup: markup, options: options)
            }
        }
    }

    /// The request that a preparation leads to.
    public func request(prompt: String, _ preparation: Preparation) throws(ImagesAPIError) -> EditRequest {
        var request = EditRequest(images: [], prompt: prompt, model: preparation.options.model)
        for part in preparation.parts {
            let upload = try ImageUpload(part.data, filename: part.filename)
            switch part.name {
            case "mask": request.mask = upload
            case "markup": request.markup = upload
            default: request.images.append(upload)
            }
        }
        request.size = ImageSize(rawValue: "\(preparation.canvas)")
        request.quality = preparation.options.quality
        request.background = preparation.options.background
        request.outputFormat = preparation.options.outputFormat
        request.n = preparation.options.n
        return request
    }

    /// The last part of an edit, also for responses that were saved: one for each preparation, in their order.
    ///
    /// All regions are stitched onto one original. When requests brought unequally many images, as many are finished
    /// as the fewest.
    public func finish(
        _ responses: [ImagesResponse], photo: Data, preparations: [Preparation], renditions: [Rendition]
    ) async throws -> EditResult {
        let answers = responses.map { response in response.images.compactMap(\.data) }
        let count = answers.map(\.count).min() ?? 0
        guard count > 0, responses.count == preparations.count else {
            let silent = responses.first { $0.images.allSatisfy { $0.data == nil } }
            throw GessoError(
                .emptyInput, stage: "finish",
                "There is no image data for each of \(preparations.count) requests (request "
                    + "\(silent?.requestID ?? "without an id") has none); the raw response may say why.",
                facts: ["found": "\(responses.count)", "allowed": "\(preparations.count)"])
        }
        var images: [EditResult.EditedImage] = []
        for index in 0..<count {
            let returned = answers.map { $0[index] }
            let limits = preparations[0].options.limits
            let headers = try await PixelPool.shared.run {
                try returned.map { try ImageHeader(probing: $0, limits: limits) }
            }
            let bytes = Preparation.finishingBytes(preparations, renditions: renditions, returned: headers)
            images.append(
                try await budget.withReservation(bytes) {
                    try await PixelPool.shared.run {
                        try EditResult.EditedImage(
                            returned: returned, photo: photo, preparations: preparations, renditions: renditions)
                    }
                })
        }
        return EditResult(images: images, preparations: preparations, responses: responses)
    }
}
