import ArgumentParser
import Foundation
import Gesso

/// Where results go and how they are told.
struct ReportOptions: ParsableArguments {
    @Flag(help: "Print one JSON report on standard output; all else goes to standard error.")
    var json = false

    @OptionGroup(title: "Execution") var execution: ExecutionOptions

    /// Runs a verb within the limits that were given: prints its report, or one clear error with the exit status that fits it.
    func run(_ body: () async throws -> some Report) async throws {
        do {
            try execution.apply()
            let report = try await body()
            if json { try print(encoded(report)) } else { report.printSummary() }
            if report.exitStatus != 0 { throw ExitCode(report.exitStatus) }
        } catch let exit as ExitCode {
            throw exit
        } catch {
            let failure = Failure(error)
            if json, let text = try? encoded(failure) { print(text) }
            FileHandle.standardError.write(Data("gesso: \(failure.error.message)\n".utf8))
            throw ExitCode(failure.exitStatus)
        }
    }

    private func encoded(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}

/// The directory that a verb writes to.
struct OutputOptions: ParsableArguments {
    @Option(name: .customLong("out"), help: ArgumentHelp("Write files into this directory.", valueName: "DIR"))
    var directory: String

    @Flag(help: "Replace files that exist already.")
    var force = false

    var url: URL { URL(filePath: directory, directoryHint: .isDirectory) }

    /// Checks that files named `stem-…` can be written and that nothing stands in their way.
    ///
    /// Before the request: an answer that has been paid for must find its place.
    /// Files in `besides` may be there: they were kept for this run.
    /// `bytes` is what will be written at most; 0 where that is not known yet.
    func requireRoom(for stem: String, besides: Set<String> = [], bytes: Int = 0) throws(GessoError) {
        // The directory may be missing; the nearest one that exists must let it be made.
        var nearest = url.standardizedFileURL
        while !FileManager.default.fileExists(atPath: nearest.path), nearest.pathComponents.count > 1 {
            nearest = nearest.deletingLastPathComponent()
        }
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: nearest.path, isDirectory: &isDirectory)
        guard exists, isDirectory.boolValue, FileManager.default.isWritableFile(atPath: nearest.path) else {
            throw GessoError(
                .fileNotWritable, stage: "write",
                "Nothing can be written into \(directory): \(nearest.path) does not allow it; choose another directory.",
                facts: ["path": directory])
        }
        var status = statvfs()
        if bytes > 0, statvfs(nearest.path, &status) == 0 {
            let free = Int(clamping: status.f_bavail).multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
            // Others write, too, and directories take blocks.
            let needed = bytes.addingReportingOverflow(1 << 20)
            guard free.overflow || (!needed.overflow && free.partialValue >= needed.partialValue) else {
                throw GessoError(
                    .fileNotWritable, stage: "write",
                    "\(directory) has \(free.partialValue) bytes free and the outputs may take \(needed.partialValue); make "
                        + "room or choose another directory. Nothing was sent.",
                    facts: [
                        "path": directory, "found": "\(free.partialValue)", "allowed": "\(needed.partialValue)",
                    ])
            }
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        if !force, let name = names.sorted().first(where: { $0.hasPrefix("\(stem)-") && !besides.contains($0) }) {
            throw GessoError(
                .fileExists, stage: "write",
                "\(directory) has \(name) already, and it is kept; choose another directory or give --force.",
                facts: ["path": "\(directory)/\(name)"])
        }
    }
}
