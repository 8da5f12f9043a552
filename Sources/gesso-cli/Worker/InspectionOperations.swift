import ArgumentParser
import Foundation
import Gesso

/// `inspect` and `audit`, which look at images and make none but a heatmap.
struct InspectionOperations: Sendable {
    let limits: ImageDecoder.Limits
    private let decodings = JobOptions<InspectOptions>()
    private let comparisons = JobOptions<ComparisonOptions>()

    init(limits: ImageDecoder.Limits) { self.limits = limits }

    func inspect(_ job: WorkerJob) async throws -> WorkerResult {
        var (job, members) = (job, job.members)
        let name = try JobMember.text("image", from: &members) ?? "image"
        let level = try decodings.parse(members, for: &job).level
        let file = try await job.input(name)
        do {
            return WorkerResult(report: try await InspectReport(of: file.data, decoding: level, limits: limits))
        } catch let error as GessoError where job.parts[name] == nil {
            throw error.about(name)
        }
    }

    /// `heatmap` is a path, or `true` for an output in the result's body.
    func audit(_ job: WorkerJob) async throws -> WorkerResult {
        var (job, members) = (job, job.members)
        let before = try await job.input(JobMember.text("before", from: &members) ?? "before")
        let after = try await job.input(JobMember.text("after", from: &members) ?? "after")
        let heatmap = members.removeValue(forKey: "heatmap") ?? .bool(false)
        let options = try comparisons.parse(members, for: &job)
        let files = job
        let mask = try await PixelPool.shared.run { try options.mask.source { try files.file($0) } }
        guard let mask else { throw JobMember.error("An audit needs a mask.") }
        let result = try await options.compare(
            before, after, mask, drawsHeatmap: heatmap.stringValue != nil || heatmap == .bool(true), limits)
        return WorkerResult(
            outputs: result.heatmap.map { [.init(name: "heatmap", image: $0, path: heatmap.stringValue)] } ?? [],
            report: result.report)
    }
}
