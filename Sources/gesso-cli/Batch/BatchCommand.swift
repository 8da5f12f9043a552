import ArgumentParser
import Foundation
import Gesso
import GessoBatch

struct BatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch",
        abstract: "Generates and edits many images at half price, each bought once.",
        discussion: """
            The jobs are lines of JSON: id, prompt, for edits image (a path, an https URL, or {"file_id": …}) and \
            references, and the options of generate and edit in camel case. A run is a directory that leads them through \
            plan, submit, status and collect; each step can be stopped at any moment and run again. The documentation of \
            GessoBatch has the details.
            """,
        subcommands: [
            PlanBatches.self, SubmitBatches.self, ShowBatches.self, CollectBatches.self, RunBatches.self,
        ])
}

/// The directory of a run, and the server that has its batches.
struct BatchRunOptions: ParsableArguments {
    @Option(name: .customLong("run"), help: ArgumentHelp("The directory of the run.", valueName: "DIR"))
    var directory: String

    var url: URL { URL(filePath: directory, directoryHint: .isDirectory) }
}

/// How jobs are divided into batches.
struct ShardOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The most lines of a batch, 1 to 50000; the results of 1000 take about 2 GB.", valueName: "N"))
    var shardLines = 1_000

    @Flag(help: "Plan also jobs that the table of models says would be refused.") var ignoreModelRules = false

    func validate() throws {
        guard (1...Batch.InputWriter.maxLines).contains(shardLines) else {
            throw ValidationError("--shard-lines takes 1 to \(Batch.InputWriter.maxLines).")
        }
    }

    func options(server: ServerProfile) -> BatchRun.PlanOptions {
        var options = BatchRun.PlanOptions()
        options.shardLines = shardLines
        options.ignoresModelRules = ignoreModelRules
        options.server = server
        return options
    }
}

/// How batches are created.
struct SubmitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Have at most so many batches of the run in progress; submit again for the others.", valueName: "N"))
    var openBatches: Int?

    @Option(
        help: ArgumentHelp(
            "How long a batch may take to be listed by the server when the request that creates it was cut.",
            valueName: "SECONDS"))
    var settle = 60

    func validate() throws {
        if let openBatches, openBatches < 1 { throw ValidationError("--open-batches takes 1 or more.") }
        guard (0...86_400).contains(settle) else { throw ValidationError("--settle takes 0 to 86400 seconds.") }
    }

    func options(_ progress: Progress) -> BatchRun.SubmitOptions {
        var options = BatchRun.SubmitOptions()
        options.openBatches = openBatches
        options.settling = .seconds(settle)
        options.onShard = { progress.say("submitting shard \($0.number) (\($0.requestCount) requests)") }
        options.onWait = { progress.say("waiting \($0.components.seconds + 1) s for a request that was cut") }
        return options
    }
}

/// How results are finished.
struct CollectOptions: ParsableArguments {
    @Option(name: .customLong("out"), help: ArgumentHelp("Write files into this directory.", valueName: "DIR"))
    var directory: String
    @Flag(help: "Replace files that exist already with other bytes.") var force = false
    @Flag(help: "Plan new batches of the jobs that failed without being paid for.") var retry = false
    @Flag(help: "Delete the uploaded images and files at the server once everything is collected.")
    var deleteFiles = false
    @OptionGroup var decoding: DecodingOptions

    var url: URL { URL(filePath: directory, directoryHint: .isDirectory) }

    var options: BatchRun.CollectOptions {
        var options = BatchRun.CollectOptions()
        options.overwrites = force
        options.decoding = decoding.level
        return options
    }
}

extension ConnectionOptions {
    /// A client for a run, whose purchases are in the run unless `--spool` names another directory.
    func withClient<R: Sendable>(
        for run: BatchRun, _ body: @Sendable (ImagesClient) async throws -> R
    ) async throws -> R {
        let keepsOwnSpool = spool.spool != nil
        return try await withClient(for: run.shards.first?.model ?? .gptImage26Sunburst) { client in
            try await body(client.with { if !keepsOwnSpool { $0.spoolDirectory = nil } })
        }
    }

    /// Throws a usage error for `--mock`, whose batches would end with the command.
    func refuseMock() throws {
        guard mock || standIn else { return }
        throw ValidationError(
            "A mock server ends with the command, and its batches with it: use gesso batch run --mock, or gesso serve and "
                + "--base-url.")
    }
}
