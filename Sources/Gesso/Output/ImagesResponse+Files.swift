public import GessoCodecs
public import GessoPixels
public import ImagesAPI

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ImagesResponse {
    /// What ``write(to:stem:thumbnails:overwrites:budget:)`` wrote.
    public struct WrittenFiles: Sendable {
        /// One file: an image as it came, or a thumbnail of it.
        public struct File: Sendable {
            public let url: URL
            public let format: ImageFormat
            /// The size of the image, upright.
            public let size: Size
            public let byteCount: Int
            /// The thumbnail that this is; nil for the image as it came.
            public let thumbnail: Rendition?
            /// The header of the image as it came.
            public let source: ImageHeader
        }

        /// Something that is not in the files.
        public enum Note: Sendable, Hashable {
            /// An SVG has no pixels, so the image of this name has no thumbnails.
            case noThumbnails(of: String)
            /// Content credentials hold for the bytes of the image as it came, so thumbnails have none.
            case contentCredentialsLeftOut(of: String, ImageHeader.Provenance?)
            /// The response broke off after so many files.
            case incomplete(files: Int)
        }

        public internal(set) var files: [File] = []
        public internal(set) var notes: [Note] = []
    }

    /// Writes each image as it came, and thumbnails of it, into `directory`, which is made if it is missing.
    ///
    /// Names are `STEM-INDEX.EXTENSION` and `STEM-INDEX-THUMBNAIL.EXTENSION`. Each file appears whole or not at all. Thumbnails
    /// are made on the pool within `budget`. Throws `fileExists` for a file that is there already, unless `overwrites`;
    /// `fileNotWritable`; `emptyInput` for a response without image data; and what decoding throws.
    @discardableResult
    public func write(
        to directory: URL, stem: String = "image", thumbnails: [Rendition] = [], overwrites: Bool = false,
        budget: PixelBudget = .shared
    ) async throws -> WrittenFiles {
        var written = WrittenFiles()
        for (index, received) in images.enumerated() {
            guard let data = received.data else { continue }
            let header = try await ImageHeader.read(data)
            let name = "\(stem)-\(index)"
            var outputs = [
                (name, nil as Rendition?, EncodedImage(data: data, format: header.format, size: header.uprightSize))
            ]
            if !thumbnails.isEmpty, header.format == .svg {
                written.notes.append(.noThumbnails(of: name))
            } else if !thumbnails.isEmpty {
                let rendered = try await Image(data, limits: .forReceivedImages, budget: budget).renditions(thumbnails)
                outputs += zip(thumbnails, rendered).map { ("\(name)-\($0.name)", $0, $1) }
                if header.metadata.contains(.c2pa) {
                    written.notes.append(.contentCredentialsLeftOut(of: name, header.provenance))
                }
            }
            for (name, thumbnail, image) in outputs {
                let file = try OutputFile(in: directory, named: "\(name).\(image.format.fileExtension)")
                try await PixelPool.shared.run { try file.write(image.data, overwrites: overwrites) }
                written.files.append(
                    WrittenFiles.File(
                        url: file.url, format: image.format, size: image.size, byteCount: image.data.count,
                        thumbnail: thumbnail, source: header))
            }
        }
        if !isComplete { written.notes.append(.incomplete(files: written.files.count)) }
        guard !written.files.isEmpty else {
            throw GessoError(
                .emptyInput, stage: "finish",
                "The response holds no image data (request \(requestID ?? "without an id")); ask for base64 responses.")
        }
        return written
    }
}

extension ImagesResponse.WrittenFiles.Note: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noThumbnails(let name): "\(name): no thumbnails, since an SVG has no pixels"
        case .contentCredentialsLeftOut(let name, let provenance):
            "thumbnails of \(name): content credentials" + (provenance.map { " (\($0); not verified)" } ?? "")
                + " left out: they hold for the source's bytes alone"
        case .incomplete(let files): "the response is incomplete: \(files) complete images were read"
        }
    }
}

extension ImageDecoder.Limits {
    /// A model may return a GIF, whose first frame is made into thumbnails.
    fileprivate static var forReceivedImages: ImageDecoder.Limits {
        var limits = ImageDecoder.Limits.default
        limits.formats.insert(.gif)
        return limits
    }
}
