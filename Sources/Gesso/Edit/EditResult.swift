public import GessoCodecs
public import GessoPixels
public import ImagesAPI

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What an edit gave: finished pictures, the proof of what they left alone, and what the request said.
public struct EditResult: Sendable {
    /// One rendition, encoded.
    public struct Output: Sendable {
        public let rendition: Rendition
        public let image: EncodedImage
        /// What could not be done as asked; nil when all could.
        public let note: String?

        public init(rendition: Rendition, image: EncodedImage, note: String? = nil) {
            self.rendition = rendition
            self.image = image
            self.note = note
        }
    }

    /// One of the `n` pictures that were asked for.
    public struct Picture: Sendable {
        /// In the order of the renditions.
        public let outputs: [Output]
        /// What differs from the original outside mask and feather; nil without a mask.
        public let audit: EditAudit?
        /// The same for what the model returned, before the original was put back.
        public let rawAudit: EditAudit?
        /// The file that the model returned, byte for byte.
        public let returned: Data
    }

    public let pictures: [Picture]
    public let preparation: Preparation
    public let response: ImagesResponse

    public var usage: Usage? { response.usage }
    public var requestID: String? { response.requestID }

    /// Writes every output into `directory` (made if it is missing) and returns the files in order.
    ///
    /// Each file appears whole or not at all. Names are `stem-INDEX-RENDITION.EXTENSION`. An existing file is kept and
    /// the call throws `fileExists`, unless `overwrites`.
    @discardableResult
    public func write(to directory: URL, stem: String = "edit", overwrites: Bool = false) async throws -> [URL] {
        var files: [URL] = []
        for (index, picture) in pictures.enumerated() {
            for output in picture.outputs {
                let name = "\(stem)-\(index)-\(output.rendition.name).\(output.image.format.fileExtension)"
                let file = try OutputFile(in: directory, named: name)
                let data = output.image.data
                try await PixelPool.shared.run { try file.write(data, overwrites: overwrites) }
                files.append(file.url)
            }
        }
        return files
    }
}
