public import GessoCodecs
public import GessoPixels
public import ImagesAPI

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ImagesResponse {
    /// One file of a response that was written: an image as it came, or a thumbnail of it.
    public struct WrittenFile: Sendable {
        /// Where the file is.
        public let url: URL
        /// The format of the file.
        public let format: ImageFormat
        /// The size of the image, upright.
        public let size: Size
        /// The size of the file in bytes.
        public let byteCount: Int
        /// The thumbnail that this is; nil for the image as it came.
        public let thumbnail: Rendition?
        /// The header of the image as it came. Its content credentials hold for that file alone: thumbnails have none.
        public let source: ImageHeader
        /// What decoding passed over, changed or left out for a thumbnail.
        public let warnings: [ImageDecoder.Warning]
    }

    /// What was written of a response, and what was not.
    package struct WrittenFiles: Sendable {
        /// Something that is not in the files.
        package enum Note: Sendable, Hashable {
            /// An SVG has no pixels, so the image of this name has no thumbnails.
            case noThumbnails(of: String)
            /// Content credentials hold for the bytes of the image as it came, so thumbnails have none.
            case contentCredentialsLeftOut(of: String, ImageHeader.Provenance?)
            /// The response broke off after so many files.
            case incomplete(files: Int)
        }

        /// The files in the order of the images, each image before its thumbnails.
        package internal(set) var files: [WrittenFile] = []
        /// What is not in the files.
        package internal(set) var notes: [Note] = []

        package init() {}
    }

    /// Writes each image as it came, and thumbnails of it, into `directory`, which is made if it is missing.
    ///
    /// Names are `STEM-INDEX.EXTENSION` and `STEM-INDEX-THUMBNAIL.EXTENSION`; thumbnails of one name and format are numbered
    /// from 2 on. Each file appears whole or not at all. Thumbnails are made on the pool within `budget`, after all images
    /// are written: an image that cannot be decoded costs no other. Each image is walked to its end (structure and
    /// checksums); one that is cut or damaged is written as `STEM-INDEX-incomplete.EXTENSION` and has no thumbnails, and
    /// when all others are written the call throws `truncated` or `corrupt` with the path.
    /// `decoding` says how much damage an image may have for its thumbnails, and `metadata` what these keep of it.
    ///
    /// Throws also `fileExists` for a file that is there already, unless `overwrites`; `fileNotWritable`; `emptyInput` for a
    /// response without image data; and what decoding throws. An SVG has no thumbnails.
    ///
    /// - Returns: the files in the order of the images, each image before its thumbnails.
    @discardableResult
    public func write(
        to directory: URL, stem: String = "image", thumbnails: [Rendition] = [], overwrites: Bool = false,
        decoding: ImageDecoder.Options.Level = .standard, metadata: ImageMetadata.Policy = .stripAll,
        budget: PixelBudget = .shared
    ) async throws -> [WrittenFile] {
        try await writeFiles(
            to: directory, stem: stem, thumbnails: thumbnails, overwrites: overwrites, decoding: decoding,
            metadata: metadata, budget: budget
        ).files
    }

    /// The same, with notes on what is not in the files.
    package func writeFiles(
        to directory: URL, stem: String, thumbnails: [Rendition], overwrites: Bool,
        decoding: ImageDecoder.Options.Level,
        metadata: ImageMetadata.Policy, budget: PixelBudget = .shared
    ) async throws -> WrittenFiles {
        let stem = OutputNames.reduced(stem)
        var written = WrittenFiles()
        var names = OutputNames()
        var files: [[WrittenFile]] = []
        var incomplete: GessoError?
        var received: [(index: Int, data: Data)] = []
        for (index, image) in images.enumerated() {
            guard let data = image.data else { continue }
            if let damage = try await ImagesResponse.damage(of: data, index) {
                let kind = ImageFormat(sniffing: data)?.fileExtension ?? "bin"
                let file = try OutputFile(in: directory, named: names.next("\(stem)-\(index)-incomplete", kind))
                try await PixelPool.shared.run { try file.write(data, overwrites: overwrites) }
                incomplete = incomplete ?? damage.kept(in: file.path)
                continue
            }
            let header = try await ImageHeader.read(data)
            let output = EncodedImage(data: data, format: header.format, size: header.uprightSize)
            let file = try OutputFile(
                in: directory, named: names.next("\(stem)-\(index)", header.format.fileExtension))
            files.append([try await file.write(output, of: header, thumbnail: nil, overwrites)])
            received.append((index, data))
        }
        for (position, (index, data)) in received.enumerated() where !thumbnails.isEmpty {
            let (name, header) = ("\(stem)-\(index)", files[position][0].source)
            guard header.format != .svg else {
                written.notes.append(.noThumbnails(of: name))
                continue
            }
            let rendered = try await Image(data, limits: .default.andGIF, budget: budget).decoding(decoding)
                .metadata(metadata).renditions(thumbnails)
            if header.metadata.contains(.c2pa) {
                written.notes.append(.contentCredentialsLeftOut(of: name, header.provenance))
            }
            for (thumbnail, output) in zip(thumbnails, rendered) {
                let base = "\(name)-\(OutputNames.reduced(thumbnail.name))"
                let file = try OutputFile(in: directory, named: names.next(base, output.format.fileExtension))
                files[position].append(try await file.write(output, of: header, thumbnail: thumbnail, overwrites))
            }
        }
        written.files = files.flatMap { $0 }
        if let incomplete { throw incomplete }
        if !isComplete { written.notes.append(.incomplete(files: written.files.count)) }
        guard !written.files.isEmpty else {
            throw GessoError(
                .emptyInput, stage: "finish",
                "The response holds no image data (request \(requestID ?? "without an id")); ask for base64 responses.")
        }
        return written
    }

    /// Throws `truncated` or `corrupt` for an image that did not arrive whole; no pixels are decoded.
    package static func requireComplete(_ file: Data, _ index: Int) throws(GessoError) {
        do {
            try ContainerCheck.requireComplete(file)
        } catch {
            throw GessoError(
                error.code, stage: error.stage, "Image \(index) of the response is incomplete: \(error.message).",
                facts: error.facts)
        }
    }

    private static func damage(of file: Data, _ index: Int) async throws -> GessoError? {
        do {
            try await PixelPool.shared.run { try requireComplete(file, index) }
            return nil
        } catch let error as GessoError where error.stage == "response" {
            return error
        }
    }
}

extension GessoError {
    /// The same error about a received file that was written in spite of it.
    fileprivate func kept(in path: String) -> GessoError {
        var facts = facts
        facts["path"] = path
        return GessoError(
            code, stage: stage, "\(message) It has been billed; what arrived was kept in \(path).", facts: facts)
    }
}

extension ImagesResponse.WrittenFiles.Note: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noThumbnails(let name): "\(name): no thumbnails, since an SVG has no pixels"
        case .contentCredentialsLeftOut(let name, let provenance):
            "thumbnails of \(name): content credentials" + (provenance.map { " (\($0); not verified)" } ?? "")
                + " left out: they hold for the source's bytes alone"
        case .incomplete(let files): "the response is incomplete: \(files) complete images were read"
        }
    }
}

extension OutputFile {
    /// Writes the file on the pool and describes it.
    fileprivate func write(
        _ image: EncodedImage, of source: ImageHeader, thumbnail: Rendition?, _ overwrites: Bool
    ) async throws -> ImagesResponse.WrittenFile {
        try await PixelPool.shared.run { try write(image.data, overwrites: overwrites) }
        return ImagesResponse.WrittenFile(
            url: url, format: image.format, size: image.size, byteCount: image.data.count, thumbnail: thumbnail,
            source: source, warnings: image.warnings)
    }
}

extension ImageDecoder.Limits {
    /// The same limits, and GIF, whose first frame is decoded.
    package var andGIF: ImageDecoder.Limits {
        var limits = self
        limits.formats.insert(.gif)
        return limits
    }
}
