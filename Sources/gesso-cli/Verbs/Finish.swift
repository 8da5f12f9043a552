import ArgumentParser
import Foundation
import Gesso

struct Finish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes the images of a saved response (JSON or event stream) to files; no network.")

    @Argument(help: ArgumentHelp("The saved response body.", valueName: "RESPONSE")) var response: String
    @OptionGroup var output: OutputOptions
    @OptionGroup var thumbnails: ThumbnailOptions
    @OptionGroup var report: ReportOptions

    func run() async throws {
        try await report.run {
            let renditions = try thumbnails.renditions()
            let saved = try savedResponse()
            let (target, force, stem) = (output.url, output.force, OutputName.stem(of: response))
            return try await Progress.showing { progress in
                progress.say("writing")
                return OutputsReport(
                    try await saved.write(to: target, stem: stem, thumbnails: renditions, overwrites: force),
                    of: saved, model: nil)
            }
        }
    }

    /// Throws an input error, not a request error, if the file is not a response.
    private func savedResponse() throws(GessoError) -> ImagesResponse {
        // Enough for ten images of the largest size in base64, and as many partial ones.
        let file = try InputFile(response, maximum: 2 << 30)
        do {
            return try ImagesResponse(savedResponse: file.data)
        } catch {
            throw GessoError(
                .corrupt, stage: "finish",
                "\(response) is not a saved response of the Images API, JSON or event stream: \(error.message)",
                facts: error.facts)
        }
    }
}
