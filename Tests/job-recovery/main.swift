#if SQLite
import Foundation
import Gesso
import GessoJobs

// Runs a queue of edits and generations until every job is over: what Scripts/crash-recovery kills and starts again.
//
//   job-recovery-client BASE-URL FOLDER JOBS PARTIAL-IMAGES IMAGE
//
// Jobs that the folder has already are not submitted again. Prints a line of JSON for each job.
let arguments = CommandLine.arguments.dropFirst().map { $0 }
guard arguments.count == 5, let count = Int(arguments[2]), let partialImages = Int(arguments[3]) else {
    FileHandle.standardError.write(Data("usage: BASE-URL FOLDER JOBS PARTIAL-IMAGES IMAGE\n".utf8))
    exit(64)
}
var configuration = ImagesClient.Configuration()
configuration.baseURL = arguments[0]
configuration.apiKey = try ImagesClient.APIKey("needs-no-key")
let photo = try Data(contentsOf: URL(filePath: arguments[4]))
var options = EditQueue.Options()
(options.maximumConcurrentJobs, options.partialImages) = (3, partialImages)
let queue = try await EditQueue(
    folder: URL(filePath: arguments[1]), editor: Editor(client: ImagesClient(configuration: configuration)),
    options: options)
let running = Task { try await queue.run() }
var ids: [String] = []
for index in 0..<count {
    let id = "crash-job-\(index)"
    let work: EditQueue.Work =
        index % 2 == 0
        ? .generation(
            GenerationRequest(prompt: id, model: .gptImage26Flare, size: .square1024),
            renditions: [.original, .thumbnail(64, as: .webp(quality: 80))])
        : .edit(
            Editor.Job(
                prompt: id, mask: .rectangle(Rect(x: 10, y: 10, width: 40, height: 40)),
                renditions: [.fullSize(), .thumbnail(64, as: .webp(quality: 80))]),
            photo: photo)
    ids.append(try await queue.submit(work, owner: "owner-\(index % 7)", id: id).id)
}
struct Line: Encodable {
    let id: String
    let state: String
    let mayHaveBeenBilled: Bool?
    let outputs: [String: String]
}
for id in ids {
    for await _ in queue.events(of: id) {}
    guard let job = try await queue.job(id) else { continue }
    let outputs = (job.result?.outputs ?? []).map { ($0.url.path, $0.digest) }
    let line = Line(
        id: id, state: job.state.rawValue, mayHaveBeenBilled: job.failure?.mayHaveBeenBilled,
        outputs: Dictionary(outputs) { first, _ in first })
    print(String(decoding: try JSONEncoder().encode(line), as: UTF8.self))
}
await queue.shutDown()
try await running.value
#else
import Foundation

FileHandle.standardError.write(Data("job-recovery-client: build with --traits SQLite\n".utf8))
exit(64)
#endif
