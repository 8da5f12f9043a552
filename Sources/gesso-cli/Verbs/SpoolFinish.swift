import ArgumentParser
import Foundation
import Gesso

struct SpoolFinish: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "finish",
        abstract: "Writes the images of received responses, and removes them from the spool.",
        discussion: """
            Images are written as the server sent them. To finish an edit, run it again with --kept FILE for \
            each of its images; nothing is paid again.
            """)

    @Argument(help: ArgumentHelp("Keys of purchases, from spool list; by default all.", valueName: "KEY"))
    var keys: [String] = []
    @OptionGroup var output: OutputOptions
    @OptionGroup var thumbnails: ThumbnailOptions
    @Flag(help: "Keep the responses in the spool.") var keepSpooled = false
    @OptionGroup var directory: SpoolDirectory
    @OptionGroup var report: ReportOptions

    func run() async throws {
        try await report.run {
            let renditions = try thumbnails.renditions()
            let journal = try directory.journal()
            let entries = try await journal.list()
            if let key = keys.first(where: { key in !entries.contains { $0.purchase.key == key } }) {
                throw GessoError(
                    .invalidParameter, stage: "spool",
                    "\(key) is not in \(journal.directory); see gesso spool list.", facts: ["found": key])
            }
            var finished = SpoolFinishReport()
            for entry in entries where keys.isEmpty || keys.contains(entry.purchase.key) {
                guard entry.state != .underWay, !entry.files.isEmpty else {
                    if entry.mayHaveBeenBilled { finished.withoutImages.append(entry.purchase.key) }
                    continue
                }
                try await finish(entry, journal, renditions, into: &finished)
            }
            return finished
        }
    }

    private func finish(
        _ entry: Purchase.Entry, _ journal: Purchase.DirectoryJournal, _ renditions: [Rendition],
        into finished: inout SpoolFinishReport
    ) async throws {
        let key = entry.purchase.key
        let response: ImagesResponse
        do {
            response = try await journal.response(for: key)
        } catch {
            // The response stays in the spool: another program may be able to read it.
            finished.withoutImages.append(key)
            finished.notes.append("\(entry.files.last ?? key) has no complete image: \(Failure(error).error.message)")
            return
        }
        // Two purchases may have the same label; the key distinguishes them.
        let stem = OutputNames.reduced("\(entry.purchase.label ?? "spooled")-\(key.suffix(8))")
        let unfetched = try UnfetchedImages(of: response, keptIn: output.url, stem: stem)
        let written = try await response.writeFetched(
            to: output.url, stem: stem, thumbnails: renditions, overwrites: output.force,
            metadata: thumbnails.metadata)
        if let unfetched {
            let addresses = unfetched.urls.joined(separator: ", ")
            finished.notes.append(
                "\(key) has images at \(addresses); gesso finish --fetch \(unfetched.file ?? "FILE") fetches them")
        }
        finished.outputs += written.files.map { WrittenFile($0) }
        finished.notes += written.notes.map(\.description)
        finished.finished.append(key)
        if !response.isComplete {
            finished.notes.append("\(key) is incomplete: its response may have had more images; it stays in the spool")
        } else if !keepSpooled {
            try await journal.discard(key)
        }
    }
}

/// The results of `spool finish`.
struct SpoolFinishReport: Report {
    var outputs: [WrittenFile] = []
    /// Keys of purchases whose images were written.
    var finished: [String] = []
    /// Keys of purchases that may have been billed and have no image.
    var withoutImages: [String] = []
    var notes: [String] = []

    func printSummary() {
        for output in outputs { say(output.line) }
        for note in notes { say("! \(note)") }
        if !withoutImages.isEmpty {
            say("! may have been billed, without an image: \(withoutImages.joined(separator: ", "))")
        }
        if outputs.isEmpty { say("no responses to finish") }
    }
}
