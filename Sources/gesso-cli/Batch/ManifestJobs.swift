import ArgumentParser
import Foundation
import Gesso
import GessoBatch

/// The jobs of a manifest, one JSON object a line, read while they are planned.
struct ManifestJobs: AsyncSequence, Sendable {
    typealias Element = BatchRun.ManifestLine

    let path: String
    let parser: BatchJobParser
    private static let lineLimit = 16 << 20

    init(_ path: String, limits: ImageDecoder.Limits) {
        (self.path, parser) = (path, BatchJobParser(limits: limits))
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(path: path, parser: parser) }

    struct AsyncIterator: AsyncIteratorProtocol {
        let path: String
        let parser: BatchJobParser
        private var input: FileHandle?
        private var frames: FrameReader?
        private var number = 0

        init(path: String, parser: BatchJobParser) { (self.path, self.parser) = (path, parser) }

        mutating func next() async throws -> BatchRun.ManifestLine? {
            if frames == nil { try open() }
            while true {
                number += 1
                let line: Data
                do throws(GessoError) {
                    guard let next = try frames?.line() else { return nil }
                    line = next
                } catch {
                    guard error.code == .limitExceeded else { throw error }
                    let refusal = JobMember.error(
                        "The line is longer than \(ManifestJobs.lineLimit) bytes; name images and masks by path.")
                    return BatchRun.ManifestLine(number: number, id: nil, job: .failure(refusal))
                }
                guard line.contains(where: { $0 > 0x20 }) else { continue }
                let (number, parser) = (number, parser)
                // Masks are read here, so not on a thread that must not wait.
                return try await PixelPool.shared.run { parser.line(number, line) }
            }
        }

        private mutating func open() throws(GessoError) {
            guard let file = FileHandle(forReadingAtPath: path) else {
                let isMissing = !FileManager.default.fileExists(atPath: path)
                throw GessoError(
                    isMissing ? .fileNotFound : .fileNotReadable, stage: "read",
                    "The manifest \(path) cannot be read; check --manifest.", facts: ["path": path])
            }
            input = file
            let descriptor = file.fileDescriptor
            frames = FrameReader(lineLimit: ManifestJobs.lineLimit) { buffer in
                while true {
                    let count = read(descriptor, buffer.baseAddress, buffer.count)
                    if count >= 0 { return .success(count) }
                    if errno != EINTR {
                        return .failure(
                            GessoError(
                                .fileNotReadable, stage: "read",
                                "The manifest cannot be read: \(String(cString: strerror(errno)))."))
                    }
                }
            }
        }
    }
}

/// Reads lines of a manifest. The members are those of the worker's edits: options in camel case.
struct BatchJobParser: Sendable {
    let limits: ImageDecoder.Limits
    private let generations = JobOptions<GenerationJobOptions>()
    private let edits = JobOptions<LocalEditOptions>()

    init(limits: ImageDecoder.Limits) { self.limits = limits }

    func line(_ number: Int, _ text: Data) -> BatchRun.ManifestLine {
        // Editors of some systems begin a file with a byte order mark.
        let text = number == 1 && text.starts(with: [0xEF, 0xBB, 0xBF]) ? Data(text.dropFirst(3)) : text
        guard case .object(let members)? = try? JSONDecoder().decode(JSONValue.self, from: text) else {
            let error = JobMember.error("The line is not one JSON object in UTF-8.")
            return .init(number: number, id: nil, job: .failure(error))
        }
        let id = members["id"]?.stringValue
        return .init(number: number, id: id, job: Result { try job(members) })
    }

    private func job(_ members: [String: JSONValue]) throws -> BatchRun.Job {
        var members = members
        guard let id = try JobMember.text("id", from: &members), !id.isEmpty else {
            throw JobMember.error("A job needs an \u{201C}id\u{201D}, a string that no other line has.")
        }
        // Apart from the options, which jobs of one table have in common and which are then parsed once.
        guard let prompt = try JobMember.text("prompt", from: &members), !prompt.isEmpty else {
            throw JobMember.error("A job needs a \u{201C}prompt\u{201D}.")
        }
        var job = WorkerJob(id: id, operation: "batch", members: members, byteLimit: limits.byteCount)
        guard let image = try source("image", from: &members) else {
            let options = try generations.parse(members, for: &job)
            return BatchRun.Job(
                id: id, options.generationRequest(prompt), thumbnails: try options.thumbnails.renditions(),
                metadata: options.thumbnails.metadata)
        }
        let references = try sources("references", from: &members)
        guard case .file = image else {
            let mask = try source("mask", from: &members)
            let options = try generations.parse(members, for: &job)
            let request = options.generationRequest(prompt)
            var edit = EditOptions(options.request)
            edit.metadata = options.thumbnails.metadata
            let stored = Editor.Job(
                prompt: request.prompt, options: edit, renditions: try options.thumbnails.renditions())
            return BatchRun.Job(
                id: id, .init(stored, of: image, references: references, maskSource: mask, size: request.size))
        }
        let options = try edits.parse(members, for: &job)
        let files = job
        return BatchRun.Job(
            id: id,
            .init(try options.job(prompt, limits: limits) { try files.file($0) }, of: image, references: references))
    }

    private func source(_ key: String, from members: inout [String: JSONValue]) throws -> BatchRun.Job.Source? {
        guard let value = members.removeValue(forKey: key), value != .null else { return nil }
        return try source(value, key)
    }

    private func sources(_ key: String, from members: inout [String: JSONValue]) throws -> [BatchRun.Job.Source] {
        guard let value = members.removeValue(forKey: key), value != .null else { return [] }
        guard let values = value.arrayValue else {
            throw JobMember.error("\u{201C}\(key)\u{201D} is a list of images.")
        }
        return try values.map { try source($0, key) }
    }

    private func source(_ value: JSONValue, _ key: String) throws -> BatchRun.Job.Source {
        if let id = value["file_id"]?.stringValue { return .fileID(id) }
        if let url = value["image_url"]?.stringValue { return .url(url) }
        guard let text = value.stringValue, !text.isEmpty else {
            throw JobMember.error(
                "\u{201C}\(key)\u{201D} is a path, an https URL, or {\"file_id\": \"…\"}.")
        }
        return text.hasPrefix("https://") ? .url(text) : .file(text)
    }
}

/// A generation, or an edit of an image that is not here, as members of a job.
struct GenerationJobOptions: ParsableArguments {
    @Option var size: String?
    @OptionGroup var request: RequestOptions
    @OptionGroup var thumbnails: ThumbnailOptions

    func generationRequest(_ prompt: String) -> GenerationRequest {
        var generation = GenerationRequest(prompt: prompt, model: Model(rawValue: request.model))
        generation.size = size.map { ImageSize(rawValue: $0) }
        generation.quality = request.quality.map { GenerationRequest.Level(rawValue: $0) }
        generation.background = request.background.map { GenerationRequest.Background(rawValue: $0) }
        generation.outputFormat = request.format.map { GenerationRequest.OutputFormat(rawValue: $0) }
        generation.n = request.n
        return generation
    }
}

/// An edit of a file, as members of a job.
struct LocalEditOptions: ParsableArguments {
    @OptionGroup var mask: MaskOptions
    @OptionGroup var markup: MarkupOptions
    @OptionGroup var placement: PlacementOptions
    @OptionGroup var request: RequestOptions
    @OptionGroup var thumbnails: ThumbnailOptions
    @Flag var sameFormat = false

    /// The edit without its images; `read` gives the files of masks and markup.
    func job(
        _ prompt: String, limits: ImageDecoder.Limits, reading read: (String) throws -> Data
    ) throws -> Editor.Job {
        var options = try placement.options(request, limits: limits)
        options.metadata = thumbnails.metadata
        return Editor.Job(
            prompt: prompt, mask: try mask.source(reading: read), markup: try markup.data(reading: read),
            options: options, renditions: try [sameFormat ? .original : .fullSize()] + thumbnails.renditions())
    }
}
