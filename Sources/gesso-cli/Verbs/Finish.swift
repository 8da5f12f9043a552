import ArgumentParser
import Foundation
import Gesso

struct Finish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes the images of a saved response to files; without --fetch there is no network.",
        discussion: """
            Reads what any request kept (….response.json, .sse or .bin, or a file of the spool): JSON, JSON Lines, an event \
            stream or an image, of the Images API, a server like it, or the Responses API. A response that cannot be used \
            gives the error of the request.
            """)

    @Argument(help: ArgumentHelp("The saved response body; - reads it from standard input.", valueName: "RESPONSE"))
    var response: String
    @OptionGroup var output: OutputOptions
    @OptionGroup var thumbnails: ThumbnailOptions
    @Flag(help: "Fetch images that the response names by URL, over https from public addresses.") var fetch = false
    @OptionGroup var decoding: DecodingOptions
    @OptionGroup var report: ReportOptions

    func validate() throws {
        if output.directory == "-", report.json || !thumbnails.specifications.isEmpty {
            throw ValidationError("--out - writes one image to standard output; leave out --json and --thumbnail.")
        }
    }

    func run() async throws {
        try await report.run {
            let (renditions, policy) = (try thumbnails.renditions(), thumbnails.metadata)
            var saved = try savedResponse()
            if fetch { saved = try await saved.fetchingImages() }
            if output.directory == "-" { return try writeToStandardOutput(saved) }
            let (whole, target, force, stem) = (saved, output.url, output.force, OutputNames.stem(of: response))
            try output.requireRoom(for: .init(stem: stem, count: whole.images.count, renditions: renditions))
            let level = decoding.level
            return try await Progress.showing { progress in
                progress.say("writing")
                let unfetched = try UnfetchedImages(of: whole, keptIn: nil, stem: stem)
                return OutputsReport(
                    try await whole.writeFetched(
                        to: target, stem: stem, thumbnails: renditions, overwrites: force, decoding: level,
                        metadata: policy),
                    of: whole, model: nil, unfetched: unfetched)
            }
        }
    }

    private func writeToStandardOutput(_ saved: ImagesResponse) throws -> OutputsReport {
        let files = saved.images.compactMap(\.data)
        guard files.count == 1 else {
            throw GessoError(
                .invalidParameter, stage: "write",
                "The response has \(files.count) images, and standard output takes one; give a directory with --out DIR.",
                facts: ["found": "\(files.count)", "allowed": "1"])
        }
        StandardOutput.reserveForFile()
        StandardOutput.write(files[0])
        try ContainerCheck.requireComplete(files[0])
        return OutputsReport()
    }

    /// Throws the error of the request for a response that cannot be used, an input error for a file that is none.
    private func savedResponse() throws -> ImagesResponse {
        // Enough for ten images of the largest size in base64, and as many partial ones.
        let file = try InputFile(response, maximum: max(2 << 30, report.limits.byteCount))
        do throws(ImagesAPIError) {
            return try ImagesResponse(saved: file.data)
        } catch {
            guard error.code == .unexpectedContent, !response.contains(".response.") else { throw error }
            throw GessoError(
                .corrupt, stage: "finish",
                "\(file.path) is not a saved response of the Images API, JSON or event stream: \(error.message)",
                facts: error.facts)
        }
    }
}
