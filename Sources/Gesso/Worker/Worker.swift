import GessoCodecs
import GessoPixels
import ImagesAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Runs jobs that come as lines of JSON, with or without bodies, and writes a result for each.
///
/// Jobs run side by side: their pixels on ``PixelPool/shared``, their memory within ``PixelBudget``. A job that fails is a
/// failed result and concerns no other. The article about the worker's protocol says what clients can rely on.
package struct Worker: Sendable {
    package static let protocolVersion = 1

    /// Does one kind of job.
    package typealias Operation = @Sendable (WorkerJob) async throws -> WorkerResult

    package struct Options: Sendable {
        /// Jobs that are read and have no result yet.
        package var window = 4
        /// Bytes of their bodies together; a single body may be longer.
        package var windowBytes = 256 << 20
        /// Bytes of a line.
        package var lineBytes = 1 << 20
        /// Bytes of a body.
        package var bodyBytes = 1 << 30
        /// Bytes of a file that a job names.
        package var fileBytes = ImageDecoder.Limits.default.byteCount
        /// Whether bodies may follow lines, of jobs and of results; without them a bad line is one failed result.
        package var takesBodies = true

        package init() {}
    }

    private let options: Options
    private let program: String
    private let operations: [String: Operation]
    private let describe: @Sendable (any Error) -> any Encodable & Sendable

    /// - Parameters:
    ///   - program: the program's name and version, for the first frame.
    ///   - describe: an error as it is written into results.
    package init(
        _ program: String, options: Options, operations: [String: Operation],
        describingErrorsAs describe: @escaping @Sendable (any Error) -> any Encodable & Sendable
    ) {
        self.program = program
        self.options = options
        self.operations = operations
        self.describe = describe
    }

    var lineBytes: Int { options.lineBytes }

    private struct Greeting: Encodable {
        let `protocol` = Worker.protocolVersion
        let program: String
        let operations: [String]
        let window: Int
        let windowBytes: Int
        let lineBytes: Int
        let bodyBytes: Int
    }

    /// Reads jobs until the end of the input, or until it is stopped, and writes the results to a descriptor.
    ///
    /// Returns when every job that was read has its result. Throws the error of a line after which nobody knows where the
    /// next one begins, which is a failed result too, and `fileNotWritable` where nobody reads the results.
    package func run(_ input: StoppableInput, output: Int32) async throws {
        let writer = FrameWriter(output)
        let greeting = Greeting(
            program: program, operations: operations.keys.sorted(), window: options.window,
            windowBytes: options.windowBytes, lineBytes: options.lineBytes,
            bodyBytes: options.takesBodies ? options.bodyBytes : 0)
        try await writer.write([WorkerResponse.encoded(greeting)])
        try await run(JobReader(input, lineLimit: options.lineBytes), input, writer)
    }

    /// The same for a reader and a writer. `notes` is called for each response with whether the job was done.
    func run(
        _ reader: JobReader, _ input: StoppableInput, _ writer: FrameWriter,
        digesting digest: @escaping @Sendable (Data) -> String? = { _ in nil },
        notes: @escaping @Sendable (Bool) -> Void = { _ in }
    ) async throws {
        let jobs = RunningJobs(window: options.window, windowBytes: options.windowBytes)
        @Sendable func write(_ response: WorkerResponse) async {
            notes(response.isDone)
            do { try await writer.write([response.line] + response.body) } catch {
                // Nobody wants results anymore.
                input.stop()
                await jobs.cancelAll()
            }
        }
        var problem: (any Error)?
        while problem == nil {
            var id: String?
            var lineDigest: String?
            do {
                guard let text = try await reader.line() else { break }
                lineDigest = digest(text)
                let line = try WorkerLine(text)
                id = line.id
                if let failure = bodyFailure(of: line) {
                    if options.takesBodies { try await reader.skip(line.byteCount) }
                    await write(WorkerResponse(failure: describe(failure), id: id, digest: lineDigest))
                    continue
                }
                if let cancelled = line.cancelled {
                    try await reader.skip(line.byteCount)
                    await jobs.cancel(cancelled)
                    continue
                }
                try await start(line, lineDigest, reader, jobs, write)
            } catch {
                if input.isStopped { break }
                await write(WorkerResponse(failure: describe(error), id: id, digest: lineDigest))
                let isOneLine = (error as? GessoError)?.stage == "job"
                if options.takesBodies || !isOneLine { problem = error }
            }
        }
        await jobs.drain()
        if let failure = writer.failure { throw failure }
        if let problem { throw problem }
    }

    /// Reads a job's body as soon as the window has room for it, and runs the job beside the others.
    private func start(
        _ line: WorkerLine, _ digest: String?, _ reader: JobReader, _ jobs: RunningJobs,
        _ write: @escaping @Sendable (WorkerResponse) async -> Void
    ) async throws {
        let (id, byteCount) = (line.id, line.byteCount)
        await jobs.admit(byteCount)
        let body: Data
        do { body = try await reader.body(byteCount) } catch {
            await jobs.release(byteCount)
            throw error
        }
        let failure: GessoError
        do throws(GessoError) {
            let job = try line.job(body: body, byteLimit: options.fileBytes)
            let isStarted = await jobs.start(
                job.id, byteCount, responding: { await response(to: job, digest) }, writing: write)
            if isStarted { return }
            failure = WorkerLine.error("The job \(job.id) has no result yet; give each job an id of its own.")
        } catch {
            failure = error
        }
        await write(WorkerResponse(failure: describe(failure), id: id, digest: digest))
        await jobs.release(byteCount)
    }

    private func response(to job: WorkerJob, _ digest: String?) async -> WorkerResponse {
        do {
            guard let operation = operations[job.operation] else {
                let known = operations.keys.sorted().joined(separator: ", ")
                throw WorkerLine.error("There is no operation \u{201C}\(job.operation)\u{201D}, only \(known).")
            }
            let result = try await operation(job)
            guard options.takesBodies || result.outputs.allSatisfy({ $0.path != nil }) else {
                throw WorkerLine.error("With --lines or --manifest results have no bodies; give each output a path.")
            }
            for output in result.outputs {
                guard let path = output.path else { continue }
                let (file, data) = (try OutputFile(at: path), output.image.data)
                try await PixelPool.shared.run { try file.ensure(data, overwrites: job.overwrites) }
            }
            return try WorkerResponse(result, id: job.id, digest: digest)
        } catch is CancellationError {
            let error = GessoError(.cancelled, stage: "job", "The job was cancelled.")
            return WorkerResponse(failure: describe(error), id: job.id, digest: digest)
        } catch {
            return WorkerResponse(failure: describe(error), id: job.id, digest: digest)
        }
    }

    /// Why a job with that body is not read at all.
    private func bodyFailure(of line: WorkerLine) -> GessoError? {
        guard options.takesBodies else {
            return line.byteCount == 0
                ? nil
                : WorkerLine.error("Bodies are not read with --lines or --manifest; name files by their paths.")
        }
        guard line.byteCount > options.bodyBytes else { return nil }
        return GessoError(
            .tooManyBytes, stage: "job",
            "The body has \(line.byteCount) bytes, \(options.bodyBytes) are allowed; send a smaller image or raise "
                + "--body-bytes.",
            facts: ["found": "\(line.byteCount)", "allowed": "\(options.bodyBytes)"])
    }
}
