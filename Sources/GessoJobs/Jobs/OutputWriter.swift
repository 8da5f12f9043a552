#if SQLite
import Gesso
import GessoCodecs
import GessoPixels
import ImagesAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Writes the outputs of a job, under names that another run of it gives too.
struct OutputWriter {
    let folder: JobFolder
    private(set) var written: [EditQueue.Output] = []
    private(set) var warnings: [String] = []
    private var names = OutputNames()

    init(folder: JobFolder) { self.folder = folder }

    /// Writes the renditions of a received image. Throws `truncated` or `corrupt` for one that did not arrive whole.
    mutating func write(
        _ renditions: [Rendition], of data: Data, image: Int, budget: PixelBudget
    ) async throws {
        let header = try await PixelPool.shared.run {
            try ImagesResponse.requireComplete(data, image)
            return try ImageHeader(probing: data, limits: .default.andGIF)
        }
        let received = EncodedImage(data: data, format: header.format, size: header.uprightSize)
        let others = renditions.filter { !$0.isOriginalFile }
        // An SVG has no pixels.
        let isVector = header.format == .svg
        var made =
            others.isEmpty || isVector
            ? [] : try await Image(data, limits: .default.andGIF, budget: budget).renditions(others)[...]
        for rendition in renditions {
            if rendition.isOriginalFile {
                try await write(received, rendition, image: image, note: nil)
            } else if let output = made.popFirst() {
                try await write(output, rendition, image: image, note: nil)
            } else {
                warnings.append("image \(image) has no \(rendition.name), since an SVG has no pixels")
            }
        }
    }

    mutating func write(_ file: EncodedImage, _ rendition: Rendition, image: Int, note: String?) async throws {
        let name = names.next("\(image)-\(OutputNames.reduced(rendition.name))", file.format.fileExtension)
        let (url, digest) = try await folder.write(file.data, named: name)
        written.append(
            EditQueue.Output(
                image: image, rendition: rendition.name, url: url, mimeType: file.format.mimeType,
                width: file.size.width, height: file.size.height, byteCount: file.data.count, digest: digest, note: note
            ))
        for warning in file.warnings.map(\.description) where !warnings.contains(warning) { warnings.append(warning) }
    }
}
#endif
