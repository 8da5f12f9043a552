import Foundation
import Gesso

/// What `generate`, `finish` and `convert` wrote.
struct OutputsReport: Report {
    var outputs: [WrittenFile] = []
    var usage: Usage?
    var cost: Double?
    var requestID: String?

    func printSummary() {
        for output in outputs { print(output.line) }
    }

    /// Writes every picture of an answer as it came, and its thumbnails.
    init(
        writing response: ImagesResponse, model: Model?, thumbnails: [Rendition], to directory: URL, stem: String,
        overwrites: Bool
    ) async throws {
        usage = response.usage
        requestID = response.requestID
        if let model, let usage { cost = ModelProfile.profile(for: model)?.cost(of: usage) }
        for (index, picture) in response.images.enumerated() {
            guard let data = picture.data else { continue }
            let header = try ImageHeader(probing: data)
            let image = EncodedImage(data: data, format: header.format, size: header.uprightSize)
            var images = [("\(stem)-\(index)", image)]
            if !thumbnails.isEmpty {
                let rendered = try await PixelPool.shared.run {
                    let frame = try Frame(decoding: data)
                    return try thumbnails.map { ("\(stem)-\(index)-\($0.name)", try $0.render(frame)) }
                }
                images += rendered
            }
            for (name, image) in images {
                let file = try OutputFile(in: directory, named: "\(name).\(image.format.fileExtension)")
                try file.write(image.data, overwrites: overwrites)
                outputs.append(WrittenFile(file.url, image))
            }
        }
        guard !outputs.isEmpty else {
            throw GessoError(
                .emptyInput, stage: "finish",
                "The answer holds no picture data (request \(requestID ?? "without an id")); ask for base64 answers.")
        }
    }

    init(outputs: [WrittenFile]) { self.outputs = outputs }
}
