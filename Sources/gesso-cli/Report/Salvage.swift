import Foundation
import Gesso

/// Responses that were paid for and could not be finished: their images are written as they came, or stay in the spool.
struct Salvage: Error {
    let cause: any Error
    /// The files that hold the images: byte for byte as the server sent them, or the spooled response.
    let files: [String]
    /// How many of several requests were answered; nil when all were.
    let answered: String?
    /// What to do with the files; nil when the verb cannot take them back.
    let advice: String?
    /// Whether a response could not be kept in any file.
    let isLost: Bool

    init(of response: ImagesResponse, to directory: URL, stem: String, cause: any Error) {
        self.cause = cause
        answered = nil
        let kept = Kept(response, in: directory, stem: stem)
        files = kept.files
        isLost = kept.isLost
        advice = kept.spoolAdvice.map { "\($0) writes its images" }
    }

    init(of unfinished: UnfinishedEdit, to directory: URL, stem: String) {
        cause = unfinished.cause
        let (count, all) = (unfinished.answers.count, unfinished.responses.count)
        answered = count < all ? "\(count) of \(all) requests were answered." : nil
        let kept = unfinished.responses.enumerated().compactMap { index, response in
            response.map { Kept($0, in: directory, stem: all == 1 ? stem : "\(stem)-region-\(index)") }
        }
        files = kept.flatMap(\.files)
        isLost = kept.contains { $0.isLost }
        let again =
            count < all
            ? "run again with --kept FILE to ask only for the rest" : "run again with --kept FILE to finish unpaid"
        let spool = kept.compactMap(\.spoolAdvice)
        advice = spool.isEmpty ? again : "\(spool.joined(separator: ", ")) writes their images; then \(again)"
    }

    /// Where the images of one response are.
    private struct Kept {
        var files: [String] = []
        /// The command that reads them from the spool, when they are there.
        var spoolAdvice: String?
        var isLost = false

        init(_ response: ImagesResponse, in directory: URL, stem: String) {
            let images = response.images.compactMap { image in image.data.map { ($0, image.contentType) } }
            if let written = Kept.write(images, to: directory, stem: stem) {
                files = written
            } else if let spooled = response.spooledFile, let key = response.purchaseKey {
                files = [spooled]
                let spool = URL(filePath: spooled).deletingLastPathComponent().path
                spoolAdvice = "gesso spool finish \(key) --spool \(spool) --out DIR"
            } else {
                // The last resort: a directory that is cleared some day is better than none.
                let place = FileManager.default.temporaryDirectory.appending(path: "gesso-\(UUID().uuidString)")
                let written = Kept.write(images, to: place, stem: stem)
                files = written ?? []
                isLost = written == nil && !images.isEmpty
            }
        }

        /// All of the images, or nil when one of them cannot be written.
        private static func write(_ images: [(Data, ImageUpload.ContentType?)], to directory: URL, stem: String)
            -> [String]?
        {
            var files: [String] = []
            for (index, (data, type)) in images.enumerated() {
                let name = "\(stem)-\(index)-returned.\(type?.fileExtension ?? "bin")"
                guard let file = try? OutputFile(in: directory, named: name),
                    (try? file.write(data, overwrites: true)) != nil
                else { return nil }
                files.append(file.url.path)
            }
            return files
        }
    }
}
