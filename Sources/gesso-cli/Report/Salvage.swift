import Foundation
import Gesso

/// Paid responses that could not be finished: their images are written unchanged, or stay in the spool.
struct Salvage: Error {
    let cause: any Error
    /// The files with the images, unchanged as the server sent them, or with the spooled response.
    let files: [String]
    /// A sentence about the number of requests with a response; nil if all have one.
    let received: String?
    /// What to do with the files; nil if the command cannot use them.
    let advice: String?
    /// The addresses of images that the server sent instead of images.
    let urls: [String]
    /// The file with the response that has the addresses.
    let responseFile: String?
    /// Whether a response could not be written to any file.
    let isLost: Bool

    init(of response: ImagesResponse, to directory: URL, stem: String, cause: any Error) {
        self.cause = cause
        received = nil
        // Images that are incomplete have been written under names that say so.
        let isWritten = (cause as? GessoError)?.stage == "response"
        let kept = Kept(response, in: directory, stem: stem, writesImages: !isWritten)
        (urls, responseFile) = (kept.urls, kept.responseFile)
        files = kept.files
        isLost = kept.isLost
        advice = kept.spoolAdvice.map { "\($0) writes its images" }
    }

    init(of unfinished: Editor.UnfinishedEdit, to directory: URL, stem: String) {
        cause = unfinished.cause
        let (count, all) = (unfinished.received.count, unfinished.responses.count)
        received = count < all ? "\(count) of \(all) requests got a response." : nil
        let kept = unfinished.responses.enumerated().compactMap { index, response in
            response.map { Kept($0, in: directory, stem: all == 1 ? stem : "\(stem)-region-\(index)") }
        }
        files = kept.flatMap(\.files)
        (urls, responseFile) = (kept.flatMap(\.urls), kept.lazy.compactMap(\.responseFile).first)
        isLost = kept.contains { $0.isLost }
        let again =
            count < all
            ? "run again with --kept FILE to send only the other requests"
            : "run again with --kept FILE to finish without another request"
        let spool = kept.compactMap(\.spoolAdvice)
        advice = spool.isEmpty ? again : "\(spool.joined(separator: ", ")) writes their images; then \(again)"
    }

    /// Where the images of one response are.
    private struct Kept {
        var files: [String] = []
        var urls: [String] = []
        var responseFile: String?
        /// The command that reads them from the spool, if they are there.
        var spoolAdvice: String?
        var isLost = false

        init(_ response: ImagesResponse, in directory: URL, stem: String, writesImages: Bool = true) {
            let images =
                writesImages
                ? response.images.compactMap { image in image.data.map { ($0, image.contentType) } } : []
            urls = response.images.filter { $0.data == nil }.compactMap(\.url)
            if !urls.isEmpty {
                responseFile = (try? RawResponseFile(of: response, in: directory, stem: stem))?.path
                isLost = responseFile == nil
            }
            if images.isEmpty, responseFile != nil || !writesImages { return }
            if let written = Kept.write(images, to: directory, stem: stem) {
                files = written
            } else if let spooled = response.spooledFile, let key = response.purchaseKey {
                files = [spooled]
                let spool = URL(filePath: spooled).deletingLastPathComponent().path
                spoolAdvice = "gesso spool finish \(key) --spool \(spool) --out DIR"
            } else {
                // The last resort is the temporary directory, although it may be cleared.
                let place = FileManager.default.temporaryDirectory.appending(path: "gesso-\(UUID().uuidString)")
                let written = Kept.write(images, to: place, stem: stem)
                files = written ?? []
                isLost = written == nil && !images.isEmpty
            }
        }

        /// The written files; nil if any image cannot be written.
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
