import Crypto
import Foundation
import Gesso
import GessoJobs
import HTTPTypes
import Hummingbird

/// `/edits` and `/generations`: accepts, lists, shows and deletes jobs, each browser's own.
struct JobsController: Sendable {
    let queue: EditQueue
    let store: ImageStore
    let cache: RenditionCache
    let presenter: JobPresenter
    let editor: Editor
    let limits: UploadForm.Limits

    func addRoutes(to router: some RouterMethods<ServerContext>) {
        router.post("edits") { try await submitEdit($0, $1) }
        router.post("edits/price") { try await priceEdit($0, $1) }
        router.post("generations") { try await submitGeneration($0, $1) }
        router.post("generations/price") { try await priceGeneration($0, $1) }
        // One list of both kinds: a history is of what somebody did.
        for kind in ["edits", "generations"] {
            let path = RouterPath(kind)
            router.get(path) { try await list($0, $1) }
            router.get(path.appendingPath("{id}")) { _, context in
                try await presenter.response(job(context))
            }
            router.delete(path.appendingPath("{id}")) { _, context in
                try await delete(job(context))
                return Response(status: .noContent)
            }
            router.post(path.appendingPath("{id}/resend")) { _, context in
                try await presenter.response(queue.decide(job(context).id, .resend))
            }
        }
        router.get("edits/{id}/heatmap") { try await heatmap($0, $1) }
    }

    /// The job of the request's address; somebody else's is not there.
    func job(_ context: ServerContext) async throws -> EditQueue.Job {
        guard let job = try await queue.job(context.parameters.require("id")),
            try context.requireOwner().tag == job.owner
        else { throw HTTPError(.notFound, message: "There is no such job; it may have been deleted.") }
        return job
    }

    private func submitEdit(_ request: Request, _ context: ServerContext) async throws -> EditedResponse<JobResponse> {
        let owner = try context.requireOwner()
        let form = try await UploadForm(reading: request, into: store.uploads, limits: limits)
        let edit = try await EditForm(form, owner: owner, store: store, options: editor.options, needsPrompt: true)
        let plan = try await plan(edit)
        let job = try await queue.submit(
            .edit(edit.job, photo: edit.data), owner: owner.tag, id: Self.id(request, owner),
            label: JobLabel(prompt: edit.job.prompt, photo: edit.photo.id, plan: plan).encoded)
        return try await accepted(job)
    }

    private func priceEdit(_ request: Request, _ context: ServerContext) async throws -> PriceResponse {
        let form = try await UploadForm(reading: request, into: store.uploads, limits: limits)
        let edit = try await EditForm(
            form, owner: context.requireOwner(), store: store, options: editor.options, needsPrompt: false)
        return try await PriceResponse(plan(edit), partialImages: queue.options.partialImages)
    }

    /// Plans within the memory budget, for the mask is as large as the photo, and where computing may take a while.
    private func plan(_ edit: EditForm) async throws -> EditPlan {
        let server = editor.client.configuration.server
        return try await editor.budget.withReservation(4 * edit.photo.width * edit.photo.height) {
            try await PixelPool.shared.run { try EditPlan(edit.job, photo: edit.data, server: server) }
        }
    }

    private func generation(_ request: Request) async throws -> GenerationRequest {
        var limits = limits
        limits.files = 0
        let form = try await UploadForm(reading: request, into: store.uploads, limits: limits)
        guard let prompt = try form.text("prompt") else {
            throw HTTPError(.badRequest, message: "Describe the image, in the field “prompt”.")
        }
        var generation = GenerationRequest(prompt: prompt, model: editor.options.model)
        generation.size = try form.text("size").map { ImageSize(rawValue: $0) } ?? .landscape1536x1024
        generation.quality = try form.text("quality").map { GenerationRequest.Level(rawValue: $0) } ?? .medium
        return generation
    }

    private func submitGeneration(
        _ request: Request, _ context: ServerContext
    ) async throws -> EditedResponse<JobResponse> {
        let owner = try context.requireOwner()
        let generation = try await generation(request)
        let job = try await queue.submit(
            .generation(generation), owner: owner.tag, id: Self.id(request, owner),
            label: JobLabel(prompt: generation.prompt).encoded)
        return try await accepted(job)
    }

    private func priceGeneration(_ request: Request, _ context: ServerContext) async throws -> PriceResponse {
        try await PriceResponse(generation(request), partialImages: queue.options.partialImages)
    }

    private func accepted(_ job: EditQueue.Job) async throws -> EditedResponse<JobResponse> {
        EditedResponse(
            status: .accepted, headers: [.location: "/\(job.kind.rawValue)s/\(job.id)"],
            response: try await presenter.response(job))
    }

    /// A request that is sent again with the same `Idempotency-Key` is the same job, and is paid for once.
    private static func id(_ request: Request, _ owner: Owner) -> String? {
        guard let key = request.headers[named: "idempotency-key"] else { return nil }
        return String(SHA256.hash(data: Data("\(owner.tag)\n\(key)".utf8)).hexadecimal.prefix(32))
    }

    private func list(_ request: Request, _ context: ServerContext) async throws -> JobsResponse {
        let owner = try context.requireOwner().tag
        let limit = min(max(request.uri.queryParameters["limit"].flatMap { Int($0) } ?? 24, 1), 100)
        var before: EditQueue.Job?
        if let id = request.uri.queryParameters["before"].map(String.init) {
            before = try await queue.job(id)
            guard before?.owner == owner else { throw HTTPError(.notFound, message: "There is no such job.") }
        }
        let jobs = try await queue.jobs(owner: owner, limit: limit + 1, before: before)
        var responses: [JobResponse] = []
        for job in jobs.prefix(limit) { responses.append(try await presenter.response(job)) }
        return JobsResponse(jobs: responses, next: jobs.count > limit ? responses.last?.id : nil)
    }

    /// Deletes a job and its images, but for those that another job of the same owner has too.
    private func delete(_ job: EditQueue.Job) async throws {
        try await queue.delete(job.id)
        var unused = Self.images(of: job)
        var before: EditQueue.Job?
        repeat {
            let jobs = try await queue.jobs(owner: job.owner, limit: 100, before: before)
            for other in jobs { unused.subtract(Self.images(of: other)) }
            before = jobs.last
        } while before != nil && !unused.isEmpty
        for image in unused { store.remove(image) }
    }

    /// The photo of a job and its results.
    private static func images(of job: EditQueue.Job) -> Set<ImageID> {
        let results = (job.result?.outputs ?? []).map { ImageID(owner: job.owner, digest: $0.digest) }
        return Set(results + [JobLabel(job.label)?.photo].compactMap { $0 })
    }
}
