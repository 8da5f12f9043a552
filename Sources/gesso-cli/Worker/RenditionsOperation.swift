import ArgumentParser
import Foundation
import Gesso

/// `renditions`: several outputs from one decode of an image, as `convert` makes them.
struct RenditionsOperation: Sendable {
    private static let mostOutputs = 64

    let limits: ImageDecoder.Limits
    private let sourceOptions = JobOptions<SourceOptions>()
    private let renditionOptions = JobOptions<RenditionOptions>()

    init(limits: ImageDecoder.Limits) { self.limits = limits }

    /// The report on the source and the outputs as a whole.
    private struct Findings: Encodable, Sendable {
        let metadata: CarriedMetadata
        let provenance: ImageHeader.Provenance?
        let notes: [String]
        let warnings: [String]
        let placeholder: Image.Placeholder?

        init(_ images: [EncodedImage], _ policy: ImageMetadata.Policy, _ placeholder: Image.Placeholder?) throws {
            let source = images[0].source
            let kept = try ImageHeader(probing: images[0].data, limits: .ownFiles.headersOnly).metadata
            metadata = CarriedMetadata(
                policy: policy, kept: kept, removed: (source?.metadata ?? []).subtracting(kept))
            provenance = source?.provenance
            notes = source.flatMap { ContentCredentials.removal(from: $0) }.map { [$0] } ?? []
            warnings = images.flatMap { $0.warnings.map(\.description) }.withoutRepetitions
            self.placeholder = placeholder
        }
    }

    /// One output as the job describes it.
    private struct Wanted {
        let name: String
        let path: String?
        let options: RenditionOptions
        let encoding: ImageEncoding
    }

    func callAsFunction(_ job: WorkerJob) async throws -> WorkerResult {
        var job = job
        var members = job.members
        let input = try JobMember.text("image", from: &members) ?? "image"
        let list = members.removeValue(forKey: "outputs")?.arrayValue ?? []
        guard (1...RenditionsOperation.mostOutputs).contains(list.count) else {
            throw JobMember.error(
                "\u{201C}outputs\u{201D} is a list of 1 to \(RenditionsOperation.mostOutputs) outputs, each an object.")
        }
        let source = try sourceOptions.parse(members, for: &job)
        var wanted: [Wanted] = []
        for (index, output) in list.enumerated() {
            wanted.append(try self.wanted(output, index, source, isOnly: list.count == 1, &job))
        }
        let file = try await job.input(input)
        let image = source.image(file.data, limits: limits)
        let branches = wanted.map { output in
            Image.Branch(
                steps: output.options.pixels.applied(to: image, as: output.encoding.format),
                encoding: output.encoding, maxBytes: output.options.maxBytes)
        }
        do {
            let (images, placeholder) = try await image.encoded(branches, withPlaceholder: source.placeholder)
            let policy = source.metadata
            let findings = try await PixelPool.shared.run { try Findings(images, policy, placeholder) }
            return WorkerResult(
                outputs: zip(wanted, images).map { .init(name: $0.name, image: $1, path: $0.path) }, report: findings)
        } catch let error as GessoError where job.parts[input] == nil {
            throw error.about(input)
        }
    }

    private func wanted(
        _ output: JSONValue, _ index: Int, _ source: SourceOptions, isOnly: Bool, _ job: inout WorkerJob
    ) throws -> Wanted {
        guard var members = output.objectValue else {
            throw JobMember.error("Each of \u{201C}outputs\u{201D} is an object.")
        }
        let name = try JobMember.text("name", from: &members)
        let path = try JobMember.text("path", from: &members)
        let options = try renditionOptions.parse(members, for: &job)
        guard path != nil || options.format != nil else {
            throw JobMember.error("An output needs a \u{201C}path\u{201D} or a \u{201C}format\u{201D}.")
        }
        // Steps after a trim are planned with the size before it. A single output runs as a chain, which allows that;
        // several outputs do not.
        guard isOnly || !options.pixels.trim else {
            throw JobMember.error("\u{201C}trim\u{201D} is for a job with one output.")
        }
        do {
            try source.check(options)
            if let path { try options.checkFormat(of: path) }
            return Wanted(
                name: name ?? "\(index)", path: path, options: options,
                encoding: try options.encoding(named: options.formatName(of: path ?? "")))
        } catch let error as ValidationError {
            throw JobMember.error(error.message)
        }
    }
}
