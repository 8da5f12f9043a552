public import GessoCodecs
public import GessoPixels
public import ImagesAPI

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What an edit gave: finished images, the proof of what they left alone, and what the request said.
public struct EditResult: Sendable {
    /// One rendition, encoded.
    public struct Output: Sendable {
        /// The rendition that was asked for.
        public let rendition: Rendition
        /// The encoded file.
        public let image: EncodedImage
        /// What could not be done as asked; nil when all could.
        public let note: String?

        /// An output, e.g. one that was made elsewhere.
        public init(rendition: Rendition, image: EncodedImage, note: String? = nil) {
            self.rendition = rendition
            self.image = image
            self.note = note
        }
    }

    /// One of the `n` images that were asked for.
    public struct EditedImage: Sendable {
        /// In the order of the renditions.
        public let outputs: [Output]
        /// What differs from the original outside mask and feather; nil without a mask.
        public let audit: EditAudit?
        /// The same for what the model returned, before the original was put back.
        public let rawAudit: EditAudit?
        /// The audits of the regions that were sent apart, in the order of the requests; one for a single request, none
        /// without a mask.
        package let regions: [RegionAudit]
        /// The files that the model returned, byte for byte, one for each request.
        public let returned: [Data]
        /// What decoding the original and these files passed over, changed or left out.
        public let warnings: [ImageDecoder.Warning]
    }

    /// One for each of the `n` images that were asked for.
    public let images: [EditedImage]
    /// The plan that was carried out, and what each request sent.
    public let prepared: Editor.PreparedEdit
    /// The response to each request, in the same order.
    public let responses: [ImagesResponse]

    /// What was passed over, changed or left out of the original, the references and the returned images.
    public var warnings: [ImageDecoder.Warning] {
        let outputs = images.flatMap(\.outputs).flatMap { output in
            // A thumbnail has 8 bits whatever the original has.
            output.image.warnings.filter { if case .depthReduced = $0 { output.rendition.bounds == nil } else { true } }
        }
        return (prepared.warnings + images.flatMap(\.warnings) + outputs).withoutRepetitions
    }
    /// The tokens of all requests; nil when no response tells.
    public var usage: Usage? { Usage(sumOf: responses.compactMap(\.usage)) }
    /// What the server calls each request, as far as it says so.
    public var requestIDs: [String] { responses.compactMap(\.requestID) }
    /// What it cost in US dollars at the published prices; nil where no prices are known or a response does not tell its
    /// tokens.
    public var cost: Double? {
        guard responses.allSatisfy({ $0.usage != nil }), let usage else { return nil }
        return ModelProfile.profile(for: prepared.plan.options.model)?.cost(of: usage)
    }

    /// What it cost in US dollars as the servers state it; nil where a response does not.
    public var reportedCost: Double? {
        let costs = responses.compactMap(\.reportedCost)
        return costs.count == responses.count && !costs.isEmpty ? costs.reduce(0, +) : nil
    }

    /// Writes every output into `directory` (made if it is missing) and returns the files in order.
    ///
    /// Each file appears whole or not at all. Names are `stem-INDEX-RENDITION.EXTENSION`; renditions that have one name
    /// and format are numbered from 2 on. An existing file is kept and
    /// the call throws `fileExists`, unless `overwrites`.
    @discardableResult
    public func write(to directory: URL, stem: String = "edit", overwrites: Bool = false) async throws -> [URL] {
        var files: [URL] = []
        var names = OutputNames()
        for (index, image) in images.enumerated() {
            for output in image.outputs {
                let base = "\(OutputNames.reduced(stem))-\(index)-\(OutputNames.reduced(output.rendition.name))"
                let name = names.next(base, output.image.format.fileExtension)
                let file = try OutputFile(in: directory, named: name)
                let data = output.image.data
                try await PixelPool.shared.run { try file.write(data, overwrites: overwrites) }
                files.append(file.url)
            }
        }
        return files
    }
}
