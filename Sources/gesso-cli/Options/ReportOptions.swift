import ArgumentParser
import Foundation
import Gesso

/// How a command reports its results.
struct ReportOptions: ParsableArguments {
    @Flag(help: "Print one JSON report on standard output; everything else goes to standard error.")
    var json = false

    @OptionGroup(title: "Execution") var execution: ExecutionOptions

    /// The limits on input and output.
    var limits: ImageDecoder.Limits { execution.limits }

    /// Runs a command within the given limits; prints its report, or one error, and exits with the matching status.
    func run(_ body: () async throws -> some Report) async throws {
        do {
            try execution.apply()
            let report = try await body()
            if json { try say(encoded(report)) } else { report.printSummary() }
            try StandardOutput.check()
            if report.exitStatus != 0 { throw ExitCode(report.exitStatus) }
        } catch let exit as ExitCode {
            throw exit
        } catch {
            let failure = Failure(error)
            if json, let text = try? encoded(failure) { say(text) }
            for (index, line) in failure.lines.enumerated() { sayError(index == 0 ? "gesso: \(line)" : "  \(line)") }
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

    /// The files that a request writes.
    struct Files {
        let stem: String
        /// How many images the request asks for.
        let count: Int
        let renditions: [Rendition]
        /// Whether every file is one of the renditions, and no image is written as it came.
        var isEdit = false
        /// The most that will be written, in bytes; 0 if that is not known yet.
        var bytes = 0
        /// Names of files that may exist: an earlier run kept them for this one.
        var kept: Set<String> = []

        func collide(with name: String) -> Bool {
            !kept.contains(name)
                && OutputNames.collides(
                    name, stem: stem, count: count, labels: Set(renditions.map { OutputNames.reduced($0.name) }),
                    isEdit: isEdit)
        }
    }

    /// Checks that the files can be written and do not exist yet.
    ///
    /// Called before the request, so that a paid response can be written.
    func requireRoom(for files: Files) throws(GessoError) {
        let bytes = files.bytes
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
        if !force, let name = names.sorted().first(where: { files.collide(with: $0) }) {
            throw GessoError(
                .fileExists, stage: "write",
                "\(directory)/\(name) already exists; choose another directory or give --force.",
                facts: ["path": "\(directory)/\(name)"])
        }
    }
}
