import Foundation
import Gesso

/// The files that `generate`, `finish` and `convert` wrote.
struct OutputsReport: Report {
    var outputs: [WrittenFile] = []
    var usage: Usage?
    var cost: Double?
    var requestID: String?
    /// `convert`: the kept and removed kinds of metadata.
    var metadata: CarriedMetadata?
    /// The content credentials of the source, or of the first image that has some.
    var provenance: ImageHeader.Provenance?
    /// Notes about removed or missing parts.
    var notes: [String]?

    func printSummary() {
        for output in outputs { print(output.line) }
        for note in notes ?? [] { print("! \(note)") }
    }

    /// The output of `convert`.
    init(converting source: Data, to image: EncodedImage, at url: URL, _ policy: ImageMetadata.Policy) throws {
        let header = try ImageHeader(probing: source, limits: .longSides)
        let kept = try ImageHeader(probing: image.data, limits: .longSides).metadata
        outputs = [
            WrittenFile(url, image, contentCredentials: ContentCredentials(of: header, isUntouched: false))
        ]
        metadata = CarriedMetadata(policy: policy, kept: kept, removed: header.metadata.subtracting(kept))
        provenance = header.provenance
        notes = ContentCredentials.removal(from: header).map { [$0] }
    }

    /// Writes every image of a response unchanged, and its thumbnails.
    init(
        writing response: ImagesResponse, model: Model?, thumbnails: [Rendition], to directory: URL, stem: String,
        overwrites: Bool
    ) async throws {
        usage = response.usage
        requestID = response.requestID
        if let model, let usage { cost = ModelProfile.profile(for: model)?.cost(of: usage) }
        for (index, received) in response.images.enumerated() {
            guard let data = received.data else { continue }
            let header = try await ImageHeader.read(data)
            let image = EncodedImage(data: data, format: header.format, size: header.uprightSize)
            provenance = provenance ?? header.provenance
            var images = [("\(stem)-\(index)", image)]
            if !thumbnails.isEmpty, header.format == .svg {
                notes = (notes ?? []) + ["\(stem)-\(index): no thumbnails, since an SVG has no pixels"]
            } else if !thumbnails.isEmpty {
                let rendered = try await Image(data, limits: .default.andGIF).renditions(thumbnails)
                images += zip(thumbnails, rendered).map { ("\(stem)-\(index)-\($0.name)", $1) }
            }
            if images.count > 1, let note = ContentCredentials.removal(from: header) {
                notes = (notes ?? []) + ["thumbnails of \(stem)-\(index): \(note)"]
            }
            for (position, (name, image)) in images.enumerated() {
                let file = try OutputFile(in: directory, named: "\(name).\(image.format.fileExtension)")
                try file.write(image.data, overwrites: overwrites)
                let credentials = ContentCredentials(of: header, isUntouched: position == 0)
                outputs.append(WrittenFile(file.url, image, contentCredentials: credentials))
            }
        }
        if !response.isComplete {
            notes = (notes ?? []) + ["the response is incomplete: \(outputs.count) complete images were read"]
        }
        guard !outputs.isEmpty else {
            throw GessoError(
                .emptyInput, stage: "finish",
                "The response has no image data (request \(requestID ?? "without an id")); request base64 responses.")
        }
    }

}

/// The kinds of metadata that were kept and removed.
struct CarriedMetadata: Encodable {
    let policy: ImageMetadata.Policy
    let kept: ImageMetadata.Kinds
    let removed: ImageMetadata.Kinds
}
