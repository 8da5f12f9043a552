import GessoCodecs
public import GessoPixels
public import ImagesAPI

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Edits images: prepares them for the model, makes the requests, and puts the results back on the originals.
///
/// ```swift
/// let editor = Editor(client: ImagesClient())              // key from OPENAI_API_KEY
/// let edit = try await editor.edit(
///     photo, prompt: "make it autumn",
///     mask: .ellipse(in: Rect(x: 300, y: 200, width: 400, height: 300)),
///     renditions: [.fullSize(), .thumbnail(256, as: .webp(quality: 80))])
/// try await edit.write(to: directory)
/// ```
///
/// A value without state of its own: keep one, or make one for each request. Pixel work runs on ``PixelPool/shared`` and
/// waits for ``budget``; no pixels are held while the model works.
public struct Editor: Sendable {
    /// Sends the requests.
    public var client: ImagesClient
    /// How edits are prepared and finished.
    public var options: EditOptions
    /// The memory budget that pixel work waits for.
    public var budget: PixelBudget

    /// An editor for one client.
    public init(client: ImagesClient, options: EditOptions = EditOptions(), budget: PixelBudget = .shared) {
        self.client = client
        self.options = options
        self.budget = budget
    }

    /// Says what an edit would do, take and cost; sends nothing, and decodes no pixels but those of mask and markup.
    ///
    /// Synchronous: rasterizes the mask on the calling thread. Throws the `GessoError` with which
    /// ``edit(_:prompt:mask:markup:references:renditions:partialImages:onPartialImage:)`` would refuse before it sends anything.
    public func plan(
        _ photo: Data, prompt: String, mask: MaskSource? = nil, markup: Data? = nil, references: [Data] = [],
        renditions: [Rendition] = [.fullSize()]
    ) throws(GessoError) -> EditPlan {
        try EditPlan(
            job(prompt, mask, markup, renditions), photo: photo, references: references,
            server: client.configuration.server)
    }

    /// Edits what `mask` selects in `photo`, or the whole image without a mask.
    ///
    /// `photo` and `references` are files (PNG, JPEG, WebP), recognized by content; `markup` is a drawn overlay as large
    /// as the upright photo, sent instead of the mask. Separate parts of the mask may take a request each, all with
    /// the same prompt (``EditOptions/sendsPartsApart``).
    ///
    /// With `partialImages` above 0 the response is streamed, and up to so many images of the work so far are handed to
    /// `onPartialImage` as they arrive, on the model's canvas and not composited; each costs tokens. A stream that breaks may
    /// have been billed, and its error says so.
    ///
    /// Throws `GessoError` for what can be refused before the network, `ImagesAPIError` for failed requests, and
    /// ``Editor/UnfinishedEdit`` when one response arrived and another did not, or when finishing failed: it holds the responses,
    /// so that nothing has to be paid twice.
    public func edit(
        _ photo: Data, prompt: String, mask: MaskSource? = nil, markup: Data? = nil, references: [Data] = [],
        renditions: [Rendition] = [.fullSize()], partialImages: Int = 0,
        onPartialImage: (@Sendable (ImageStream.ReceivedImage) async -> Void)? = nil
    ) async throws -> EditResult {
        let prepared = try await prepare(
            photo, prompt: prompt, mask: mask, markup: markup, references: references, renditions: renditions)
        let responses = try await responses(to: prepared, partialImages: partialImages > 0 ? partialImages : nil) {
            partial, _ in
            await onPartialImage?(partial)
        }
        return try await finish(responses, photo: photo, prepared)
    }

    /// Runs a job that was stored as data, with its own options.
    public func run(_ job: Job, photo: Data, references: [Data] = []) async throws -> EditResult {
        let prepared = try await prepare(job, photo: photo, references: references)
        return try await finish(responses(to: prepared), photo: photo, prepared)
    }

    /// Goes on with an edit: sends the requests that have no response, and no others, and finishes.
    ///
    /// `photo` is that of the edit. Throws as ``edit(_:prompt:mask:markup:references:renditions:partialImages:onPartialImage:)``.
    public func resume(_ unfinished: UnfinishedEdit, photo: Data) async throws -> EditResult {
        let responses = try await responses(to: unfinished.prepared, besides: unfinished.responses)
        return try await finish(responses, photo: photo, unfinished.prepared)
    }

    /// The first part of an edit: exactly the files that it would upload; no network. The prompt only counts for the estimate.
    public func prepare(
        _ photo: Data, prompt: String = "", mask: MaskSource? = nil, markup: Data? = nil, references: [Data] = [],
        renditions: [Rendition] = [.fullSize()]
    ) async throws -> PreparedEdit {
        try await prepare(job(prompt, mask, markup, renditions), photo: photo, references: references)
    }

    /// The same for a job with options of its own.
    package func prepare(_ job: Job, photo: Data, references: [Data]) async throws -> PreparedEdit {
        try await PixelWork.observing(.prepare) {
            let plan = try await plan(job, photo: photo, references: references)
            return try await budget.withReservation(plan.preparingBytes) {
                try await PixelPool.shared.run { try PreparedEdit(plan, photo: photo, references: references) }
            }
        }
    }

    /// The plan of a job, made on the pool within the budget.
    package func plan(_ job: Job, photo: Data, references: [Data]) async throws -> EditPlan {
        let limits = job.options.limits
        let (header, others) = try await PixelPool.shared.run {
            (try ImageHeader(probing: photo, limits: limits), try EditPlan.headers(of: references, limits))
        }
        return try await budget.withReservation(EditPlan.planningBytes(header, job)) {
            try await PixelPool.shared.run {
                try EditPlan(job, header: header, references: others, server: client.configuration.server)
            }
        }
    }

    private func job(
        _ prompt: String, _ mask: MaskSource?, _ markup: Data?, _ renditions: [Rendition]
    ) -> Job {
        Job(prompt: prompt, mask: mask, markup: markup, options: options, renditions: renditions)
    }
}

extension Editor {
    /// An edit as data: everything but the images, to be stored in a queue and run elsewhere with the same result.
    public struct Job: Sendable, Hashable, Codable {
        /// The text that the model follows.
        public var prompt: String
        /// What to edit; nil is the whole image.
        public var mask: MaskSource?
        /// A drawing that guides the edit, as a PNG file; sent instead of the mask.
        public var markup: Data?
        /// How the edit is prepared and finished.
        public var options: EditOptions
        /// The files to make of the finished image.
        public var renditions: [Rendition]

        /// An edit of the whole image unless there is a mask.
        public init(
            prompt: String, mask: MaskSource? = nil, markup: Data? = nil, options: EditOptions = EditOptions(),
            renditions: [Rendition] = [.fullSize()]
        ) {
            self.prompt = prompt
            self.mask = mask
            self.markup = markup
            self.options = options
            self.renditions = renditions
        }
    }
}
