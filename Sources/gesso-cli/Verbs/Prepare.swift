import ArgumentParser
import Foundation
import Gesso

struct Prepare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes exactly the parts that an edit would upload; no network.")

    @Argument(help: ArgumentHelp("The photograph, then up to 15 references.", valueName: "IMAGE")) var images: [String]
    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Mask") var mask: MaskOptions
    @OptionGroup(title: "Placement") var placement: PlacementOptions
    @OptionGroup(title: "Request") var request: RequestOptions
    @OptionGroup var report: ReportOptions

    func run() async throws {
        try await report.run {
            let files = try images.map { try InputFile($0) }
            let selection = try mask.selection()
            let options = try placement.options(request)
            let (target, force) = (output.url, output.force)
            return try await Progress.showing { progress in
                progress.say("preparing")
                let editor = Editor(client: ImagesClient(), options: options)
                let preparation = try await files.naming {
                    try await editor.prepare(
                        files[0].data, mask: selection, references: files.dropFirst().map(\.data))
                }
                var paths: [URL] = []
                for part in preparation.parts {
                    let file = try OutputFile(in: target, named: part.filename)
                    try file.write(part.data, overwrites: force)
                    paths.append(file.url)
                }
                return PreparationReport(preparation, paths: paths)
            }
        }
    }
}
