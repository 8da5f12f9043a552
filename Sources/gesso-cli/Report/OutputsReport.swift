import Foundation
import Gesso

/// The files that `generate`, `finish` and `convert` wrote.
struct OutputsReport: Report {
    var outputs: [WrittenFile] = []
    var usage: Usage?
    var cost: Double?
    /// The cost that the server states.
    var reportedCost: Double?
    /// The addresses of images that the server sent instead of images and that were not fetched.
    var urls: [String]?
    /// The response with those addresses, as it came.
    var responseFile: String?
    var requestID: String?
    /// `convert`: the kept and removed kinds of metadata.
    var metadata: CarriedMetadata?
    /// The content credentials of the source, or of the first image that has some.
    var provenance: ImageHeader.Provenance?
    /// Notes about removed or missing parts.
    var notes: [String]?
    /// What decoding passed over, changed or left out.
    var warnings: [String] = []
    /// `convert --placeholder`.
    var placeholder: Image.Placeholder?
    /// `convert --out`: the files that could not be converted, and why.
    var failures: [FailedFile]?

    /// A file that was not converted.
    struct FailedFile: Encodable {
        let path: String
        let error: Failure.Body
    }

    var exitStatus: Int32 { failures == nil ? 0 : 1 }

    func printSummary() {
        for output in outputs { say(output.line) }
        for url in urls ?? [] { say(url) }
        if let responseFile {
            say("! images are at these addresses and were not fetched; the response is in \(responseFile)")
        }
        for note in (notes ?? []) + warnings { say("! \(note)") }
        if let placeholder {
            say("ThumbHash  \(placeholder.thumbHash)")
            say("BlurHash   \(placeholder.blurHash)")
            say("color      \(placeholder.dominantColor)")
            say("inline     \(placeholder.inline)")
        }
        guard let failures else { return }
        sayError("gesso: \(failures.count) of \(failures.count + outputs.count) files failed:")
        for failure in failures { sayError("  \(failure.error.message)") }
    }

    /// The outputs of several runs of `convert`, each with the path that it read.
    init(joining runs: [(path: String, result: Result<OutputsReport, any Error>)]) {
        var (notes, failures): ([String], [FailedFile]) = ([], [])
        for run in runs {
            switch run.result {
            case .success(let report):
                outputs += report.outputs.map { output in
                    var output = output
                    output.placeholder = report.placeholder
                    return output
                }
                notes += (report.notes ?? []).map { "\(run.path): \($0)" }
                warnings += report.warnings.map { "\(run.path): \($0)" }
            case .failure(let error): failures.append(FailedFile(path: run.path, error: Failure(error).error))
            }
        }
        self.notes = notes.isEmpty ? nil : notes
        self.failures = failures.isEmpty ? nil : failures
    }

    init() {}

    /// The output of `convert`.
    init(converting image: EncodedImage, at path: String, _ policy: ImageMetadata.Policy) throws {
        let kept = try ImageHeader(probing: image.data, limits: .ownFiles.headersOnly).metadata
        outputs = [
            WrittenFile(
                path, image,
                contentCredentials: image.source.flatMap { ContentCredentials(of: $0, isUntouched: false) })
        ]
        let stated = image.source?.metadata ?? []
        metadata = CarriedMetadata(policy: policy, kept: kept, removed: stated.subtracting(kept))
        provenance = image.source?.provenance
        notes = image.source.flatMap { ContentCredentials.removal(from: $0) }.map { [$0] }
        warnings = image.warnings.map(\.description)
    }

    /// What was written of a response.
    init(
        _ written: ImagesResponse.WrittenFiles, of response: ImagesResponse, model: Model?,
        unfetched: UnfetchedImages? = nil
    ) {
        reportedCost = response.reportedCost
        urls = unfetched?.urls
        responseFile = unfetched?.file
        outputs = written.files.map { WrittenFile($0) }
        usage = response.usage
        requestID = response.requestID
        if let model, let usage { cost = ModelProfile.profile(for: model)?.cost(of: usage) }
        provenance = written.files.lazy.compactMap(\.source.provenance).first
        notes = written.notes.isEmpty ? nil : written.notes.map(\.description)
        // Thumbnails of one image share its warnings.
        warnings = written.files.flatMap { file in file.warnings.map { "thumbnails: \($0)" } }
            .reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}

/// The images of a response that are named by addresses and were not fetched.
struct UnfetchedImages {
    let urls: [String]
    /// The file with the response; nil if it is a file already.
    let file: String?

    /// Keeps the response in a file; nil if all images are here.
    init?(of response: ImagesResponse, keptIn directory: URL?, stem: String) throws {
        urls = response.images.filter { $0.data == nil }.compactMap(\.url)
        guard !urls.isEmpty else { return nil }
        file = try directory.flatMap { try RawResponseFile(of: response, in: $0, stem: stem)?.path }
    }
}

extension ImagesResponse {
    /// Writes the images that are here; none need be if the others have addresses.
    func writeFetched(
        to directory: URL, stem: String, thumbnails: [Rendition], overwrites: Bool,
        decoding: ImageDecoder.Options.Level = .standard, metadata: ImageMetadata.Policy = .stripAll
    ) async throws -> WrittenFiles {
        guard images.contains(where: { $0.data != nil }) || images.allSatisfy({ $0.url == nil }) else {
            return WrittenFiles()
        }
        return try await writeFiles(
            to: directory, stem: stem, thumbnails: thumbnails, overwrites: overwrites, decoding: decoding,
            metadata: metadata)
    }
}

/// The kinds of metadata that were kept and removed.
struct CarriedMetadata: Encodable {
    let policy: ImageMetadata.Policy
    let kept: ImageMetadata.Kinds
    let removed: ImageMetadata.Kinds
}
