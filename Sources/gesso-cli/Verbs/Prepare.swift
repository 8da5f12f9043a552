import ArgumentParser
import Foundation
import Gesso

struct Prepare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes the files that an edit would upload; no network.",
        discussion: """
            When separate parts of the mask take a request each, the files of each are named region-INDEX-….

            \(MaskOptions.discussion)
            """)

    @Argument(help: ArgumentHelp("The image, then up to 15 references.", valueName: "IMAGE")) var images: [String]
    @OptionGroup var output: OutputOptions
    @OptionGroup(title: "Mask") var mask: MaskOptions
    @OptionGroup(title: "Mask") var markup: MarkupOptions
    @OptionGroup(title: "Placement") var placement: PlacementOptions
    @OptionGroup(title: "Request") var request: RequestOptions
    @OptionGroup(title: "Connection") var server: ServerOptions
    @OptionGroup var report: ReportOptions

    func run() async throws {
        try await report.run {
            let files = try images.map { try InputFile($0, maximum: report.limits.byteCount) }
            let (source, drawing) = (try mask.source(), try markup.data())
            let options = try placement.options(request, limits: report.limits)
            let (target, force) = (output.url, output.force)
            let profile = try server.profile(for: options.model)
            return try await Progress.showing { progress in
                progress.say("preparing")
                let editor = Editor(
                    client: ImagesClient(configuration: .init(server: profile)), options: options)
                let prepared = try await files.naming {
                    try await editor.prepare(
                        files[0].data, mask: source, markup: drawing, references: files.dropFirst().map(\.data))
                }
                var paths: [URL] = []
                for (index, upload) in prepared.uploads.enumerated() {
                    for part in upload.parts {
                        let name = prepared.uploads.count == 1 ? part.filename : "region-\(index)-\(part.filename)"
                        let file = try OutputFile(in: target, named: name)
                        try file.write(part.data, overwrites: force)
                        paths.append(file.url)
                    }
                }
                return PreparationReport(prepared, paths: paths, estimate: prepared.plan.estimate)
            }
        }
    }
}
