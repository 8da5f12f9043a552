import Foundation
import Gesso

/// An answer that was paid for and could not be finished: its pictures are written as they came.
struct Salvage: Error {
    let cause: any Error
    /// The files that hold the pictures, byte for byte as the server sent them.
    let files: [String]

    init(of response: ImagesResponse, to directory: URL, stem: String, cause: any Error) {
        self.cause = cause
        files = response.images.enumerated().compactMap { index, image in
            guard let data = image.data else { return nil }
            let name = "\(stem)-\(index)-returned.\(image.contentType?.fileExtension ?? "bin")"
            guard let file = try? OutputFile(in: directory, named: name) else { return nil }
            do { try file.write(data, overwrites: true) } catch { return nil }
            return file.url.path
        }
    }
}
