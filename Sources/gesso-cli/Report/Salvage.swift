import Foundation
import Gesso

/// Answers that were paid for and could not be finished: their pictures are written as they came.
struct Salvage: Error {
    let cause: any Error
    /// The files that hold the pictures, byte for byte as the server sent them.
    let files: [String]
    /// How many of several requests were answered; nil when all were.
    let answered: String?
    /// What to do with the files; nil when the verb cannot take them back.
    let advice: String?

    init(of response: ImagesResponse, to directory: URL, stem: String, cause: any Error) {
        self.cause = cause
        (answered, advice) = (nil, nil)
        files = Salvage.write(response, to: directory, stem: stem)
    }

    init(of unfinished: UnfinishedEdit, to directory: URL, stem: String) {
        cause = unfinished.cause
        let (count, all) = (unfinished.answers.count, unfinished.responses.count)
        answered = count < all ? "\(count) of \(all) requests were answered." : nil
        advice =
            count < all
            ? "run again with --kept FILE to ask only for the rest" : "run again with --kept FILE to finish unpaid"
        files = unfinished.responses.enumerated().flatMap { index, response in
            response.map { Salvage.write($0, to: directory, stem: all == 1 ? stem : "\(stem)-region-\(index)") } ?? []
        }
    }

    private static func write(_ response: ImagesResponse, to directory: URL, stem: String) -> [String] {
        response.images.enumerated().compactMap { index, image in
            guard let data = image.data else { return nil }
            let name = "\(stem)-\(index)-returned.\(image.contentType?.fileExtension ?? "bin")"
            guard let file = try? OutputFile(in: directory, named: name) else { return nil }
            do { try file.write(data, overwrites: true) } catch { return nil }
            return file.url.path
        }
    }
}
