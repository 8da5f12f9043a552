#if SQLite
import Gesso
import GessoCodecs
import GessoPixels
import ImagesAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One run of a job, from its stored inputs to its stored outputs.
///
/// The same for a new job and for one that a crash has interrupted: responses that are stored are read, and only the requests
/// without one are sent, each under a key of its own that the journal gives to one claim.
struct JobRun: Sendable {
    let id: String
    let folder: JobFolder
    let journal: Purchase.SQLiteJournal
    let editor: Editor
    let partialImages: Int
    let decision: SendDecision
    let post: @Sendable (EditQueue.Event.Kind) -> Void

    func perform() async throws -> EditQueue.Result {
        post(.preparing)
        switch try await folder.work() {
        case .edit(let job, let photo, let references): return try await edit(job, photo, references)
        case .generation(let request, let renditions): return try await generate(request, renditions)
        }
    }

    private func edit(_ job: Editor.Job, _ photo: Data, _ references: [Data]) async throws -> EditQueue.Result {
        let prepared = try await editor.prepare(job, photo: photo, references: references)
        let received = try await received(count: prepared.uploads.count)
        try decision.send()
        let progress = UploadProgress(requests: received.count { $0 == nil }, post)
        let responses = try await editor.responses(
            to: prepared, besides: received,
            send: { request, index in
                let client = client(index, progress)
                guard partialImages > 0 else { return try await client.edit(request) }
                return try await client.editStream(request, partialImages: partialImages).response(onPartial: show)
            })
        post(.finishing)
        let result = try await editor.finish(responses, photo: photo, prepared)
        var outputs = OutputWriter(folder: folder)
        for (index, image) in result.images.enumerated() {
            for output in image.outputs {
                try await outputs.write(output.image, output.rendition, image: index, note: output.note)
            }
        }
        return EditQueue.Result(
            outputs: outputs.written, audits: result.images.compactMap(\.audit),
            warnings: result.warnings.map(\.description), usage: result.usage,
            cost: result.reportedCost ?? result.cost, requestIDs: result.requestIDs)
    }

    private func generate(_ request: GenerationRequest, _ renditions: [Rendition]) async throws -> EditQueue.Result {
        let received = try await received(count: 1)
        try decision.send()
        let response: ImagesResponse
        if let stored = received[0] {
            response = stored
        } else {
            let client = client(0, UploadProgress(requests: 1, post))
            response =
                partialImages > 0
                ? try await client.generateStream(request, partialImages: partialImages).response(onPartial: show)
                : try await client.generate(request)
        }
        post(.finishing)
        var outputs = OutputWriter(folder: folder)
        for (index, image) in response.images.enumerated() {
            guard let data = image.data else { continue }
            try await outputs.write(renditions, of: data, image: index, budget: editor.budget)
        }
        guard !outputs.written.isEmpty || renditions.isEmpty else {
            throw GessoError(
                .emptyInput, stage: "finish",
                "The response holds no image data (request \(response.requestID ?? "without an id")); set a fetchPolicy, "
                    + "or ask for base64 responses.")
        }
        return EditQueue.Result(
            outputs: outputs.written, audits: [], warnings: outputs.warnings, usage: response.usage,
            cost: response.reportedCost
                ?? response.usage.flatMap { usage in
                    ModelProfile.profile(for: request.model)?.cost(of: usage)
                }, requestIDs: [response.requestID].compactMap { $0 })
    }

    /// The key of a request: a new attempt at the job has the same ones.
    private func key(_ index: Int) -> String { "\(id)-\(index)" }

    private func client(_ index: Int, _ progress: UploadProgress) -> ImagesClient {
        editor.client.with { configuration in
            configuration.journal = journal
            configuration.spoolDirectory = journal.spoolDirectory
            configuration.allowsUnspooledRequests = false
            configuration.purchaseKey = key(index)
            configuration.purchaseLabel = id
            configuration.onUpload = { sent, total in progress.report(sent, total, request: index) }
        }
    }

    /// The responses that are stored already; nil for a request without one.
    private func received(count: Int) async throws -> [ImagesResponse?] {
        let entries = try await journal.list(label: id)
        let spool = Purchase.DirectoryJournal(journal.spoolDirectory)
        var responses: [ImagesResponse?] = []
        for index in 0..<count {
            guard entries.contains(where: { $0.purchase.key == key(index) && $0.state == .done }) else {
                responses.append(nil)
                continue
            }
            var response = try await spool.response(for: key(index), limits: editor.client.configuration.limits)
            if let policy = editor.client.configuration.fetchPolicy, response.images.contains(where: { $0.data == nil })
            {
                response = try await response.fetchingImages(policy: policy)
            }
            responses.append(response)
        }
        return responses
    }

    private func show(_ partial: ImageStream.ReceivedImage) {
        guard let data = partial.image.data else { return }
        post(.partialImage(data, mimeType: ImageFormat(sniffing: data)?.mimeType, index: partial.index))
    }
}
#endif
