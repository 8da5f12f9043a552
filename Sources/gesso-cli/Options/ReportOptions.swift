import ArgumentParser
import Foundation
import Gesso

/// How a command reports its results.
struct ReportOptions: ParsableArguments {
    @Flag(help: "Print one JSON report on standard output; everything else goes to standard error.")
    var json = false

    @OptionGroup(title: "Execution") var execution: ExecutionOptions

    /// Runs a command within the given limits; prints its report, or one error, and exits with the matching status.
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

/// The directory that a command writes to.
struct OutputOptions: ParsableArguments {
    @Option(name: .customLong("out"), help: ArgumentHelp("Write files into this directory.", valueName: "DIR"))
    var directory: String

    @Flag(help: "Replace files that exist already.")
    var force = false

    var url: URL { URL(filePath: directory, directoryHint: .isDirectory) }

    /// Checks that files named `stem-…` can be written and do not exist yet.
    ///
    /// Called before the request, so that a paid response can be written.
    /// Files in `besides` may exist: an earlier run kept them for this one.
    /// `bytes` is the most that will be written; 0 if that is not known yet.
    func requireRoom(for stem: String, besides: Set<String> = [], bytes: Int = 0) throws(GessoError) {
        // The directory may not exist; it must be possible to create it in the nearest parent that exists.
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
            // Other processes write too, and directories need space.
            let needed = bytes.addingReportingOverflow(1 << 20)
            guard free.overflow || (!needed.overflow && free.partialValue >= needed.partialValue) else {
                throw GessoError(
                    .fileNotWritable, stage: "write",
                    "\(directory) has \(free.partialValue) bytes free and the outputs may take \(needed.partialValue); free "
                        + "space or choose another directory. Nothing was sent.",
                    facts: [
                        "path": directory, "found": "\(free.partialValue)", "allowed": "\(needed.partialValue)",
                    ])
            }
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
        if !force, let name = names.sorted().first(where: { $0.hasPrefix("\(stem)-") && !besides.contains($0) }) {
            throw GessoError(
                .fileExists, stage: "write",
                "\(directory)/\(name) already exists; choose another directory or give --force.",
                facts: ["path": "\(directory)/\(name)"])
        }
    }
}
