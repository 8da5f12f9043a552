import Foundation
import Gesso
import GessoJobs

/// Makes responses of jobs: puts finished files into the image store and signs their addresses.
struct JobPresenter: Sendable {
    let store: ImageStore
    let signer: URLSigner

    func response(_ job: EditQueue.Job) async throws -> JobResponse {
        let label = JobLabel(job.label)
        // A response can be lost for a moment before the queue has recorded why; until then the job is not over.
        let state = job.state == .unknown && job.failure == nil ? .sent : job.state
        return JobResponse(
            id: job.id, kind: job.kind.rawValue, state: state.rawValue, prompt: label?.prompt ?? "",
            created: job.created,
            photo: label?.photo.flatMap { store.image($0) }.map { PhotoResponse($0, signer) },
            failure: job.failure.map {
                JobResponse.Failure(code: $0.code, message: $0.message, mayHaveBeenBilled: $0.mayHaveBeenBilled)
            },
            result: try await result(of: job))
    }

    private func result(of job: EditQueue.Job) async throws -> JobResponse.Result? {
        guard let result = job.result, let first = result.outputs.first(where: { $0.image == 0 }) else { return nil }
        let original = try await image(first, job)
        var lossless = original
        var renditions: [String: String] = [:]
        for output in result.outputs where output.image == 0 && output.rendition != first.rendition {
            let image = try await image(output, job)
            if output.rendition == "lossless" {
                lossless = image
            } else {
                renditions[output.rendition] = signer.address(of: image.id, RenditionName(.original))
            }
        }
        let photo = PhotoResponse(lossless, signer)
        let audit = result.audits.first.map { audit in
            let pixels = Double(original.width) * Double(original.height)
            return JobResponse.Audit(
                keptPixels: Int(pixels * (1 - audit.maskCoverage)), changedPixels: audit.changedPixelsOutside,
                maxDrift: audit.maxDrift)
        }
        return JobResponse.Result(
            photo: photo, thumbnail: photo.thumbnail,
            downloads: JobResponse.Download.all(
                original: original, lossless: lossless, named: "\(job.kind.rawValue)-\(job.id.prefix(8))",
                note: Self.note(original, job), signer),
            renditions: renditions, audit: audit, heatmap: audit == nil ? nil : "/edits/\(job.id)/heatmap",
            cost: result.cost, warnings: result.warnings)
    }

    /// What is special about the first file.
    private static func note(_ original: StoredImage, _ job: EditQueue.Job) -> String {
        guard job.kind == .edit else { return "as the model made it" }
        return original.format == "png" ? "without loss" : "as your photo"
    }

    private func image(_ output: EditQueue.Output, _ job: EditQueue.Job) async throws -> StoredImage {
        try await store.add(output.url, owner: job.owner, digest: output.digest)
    }
}
