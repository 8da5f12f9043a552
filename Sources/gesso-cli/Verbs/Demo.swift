import ArgumentParser
import Foundation
import Gesso
import GessoMockServer

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Edits real photographs through the mock server and shows each step on a contact sheet.",
        discussion: """
            No key and no network: the mock server runs on 127.0.0.1. It drifts, shifts and brightens the whole \
            image as real models do, and the pixels outside the mask are still unchanged.
            """)

    @Option(name: .customLong("out"), help: ArgumentHelp("Write files into this directory.", valueName: "DIR"))
    var directory = "gesso-demo"
    @OptionGroup var report: ReportOptions

    static let thumbnails: [Rendition] = [512, 256, 128].flatMap { (side: Int) -> [Rendition] in
        [
            .thumbnail(side, as: .webp(quality: 80)), .thumbnail(side, as: .jpeg(quality: 80)),
            .thumbnail(side, as: .png),
        ]
    }

    func run() async throws {
        try await report.run {
            let directory = URL(filePath: directory, directoryHint: .isDirectory)
            return try await Progress.showing { progress in
                var behavior = MockServer.Behavior.ideal
                (behavior.drift, behavior.shiftX, behavior.shiftY, behavior.gain) = (8, 1.5, -1, 1.03)
                return try await MockServer.run(behavior: behavior) { server in
                    let client = server.client()
                    defer { client.shutdown() }
                    return try await edit(with: Editor(client: client), into: directory, progress)
                }
            }
        }
    }

    private func edit(with editor: Editor, into directory: URL, _ progress: Progress) async throws -> DemoReport {
        var report = DemoReport(directory: directory.path)
        var sheet = ContactSheet(columns: ["before", "mask", "sent", "came back", "its drift", "after", "drift left"])
        for photograph in Photograph.all {
            let data = try photograph.data()
            let header = try ImageHeader(probing: data)
            let clock = ContinuousClock()
            let start = clock.now

            progress.say("\(photograph.name): preparing")
            let prepared = try await editor.prepare(
                data, prompt: photograph.prompt, mask: photograph.source(in: header.uprightSize),
                renditions: [.fullSize()] + Demo.thumbnails)
            let sending = clock.now
            progress.say("\(photograph.name): editing")
            let responses = try await editor.responses(to: prepared)
            let responded = clock.now
            progress.say("\(photograph.name): compositing")
            let result = try await editor.finish(responses, photo: data, prepared)
            let finished = clock.now

            let files = try await result.write(to: directory, stem: photograph.name, overwrites: true)
            let row = try await PixelPool.shared.run { try Demo.cells(data, result) }
            try sheet.add("\(photograph.name): \(header.format.rawValue) \(header.uprightSize)", row)
            report.add(
                photograph, header, result, files,
                DemoReport.Timing(prepare: sending - start, request: responded - sending, finish: finished - responded))
        }
        let contactSheet = sheet
        let image = try await PixelPool.shared.run { try ImageEncoder.encode(contactSheet.render(), as: .png) }
        let file = try OutputFile(in: directory, named: "contact-sheet.png")
        try file.write(image.data, overwrites: true)
        report.outputs.append(WrittenFile(file.url.path, image))
        report.contactSheet = file.url.path
        return report
    }

    /// The original, mask, upload, returned image, its differences, the result, and its differences.
    private static func cells(_ photo: Data, _ result: EditResult) throws -> [Bitmap] {
        let upright = Pipeline {
            Orient(); ConvertToSRGB()
        }
        func bitmap(_ data: Data) throws -> Bitmap { try upright.run(Frame(decoding: data)).bitmap }
        let before = try bitmap(photo)
        // The demo's masks are in one piece each.
        let (request, upload) = (result.prepared.plan.requests[0], result.prepared.uploads[0])
        let mask = try request.mask()?.coverage ?? before
        let sent = try bitmap(upload.parts[0].data)
        let returned = try bitmap(result.images[0].returned[0])
        let after = try bitmap(result.images[0].outputs[0].image.data)
        guard let kept = try request.mask()?.feathered(radius: result.prepared.plan.options.feather) else {
            return [before, mask, sent, returned, before, after, before]
        }
        // Where the original was not sent, nothing can have come back.
        let sight = try Mask.rectangle(upload.placement.visible, size: before.size).inverted()
        let restored = try Restore(upload.placement).run(Frame(bitmap: returned)).bitmap
        let drift = try before.heatmap(against: restored, mask: kept.union(sight))
        return [before, mask, sent, returned, drift, after, try before.heatmap(against: after, mask: kept)]
    }
}
