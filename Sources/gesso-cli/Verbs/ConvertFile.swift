import ArgumentParser
import Foundation
import Gesso

struct ConvertFile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Converts and resizes images: upright, in sRGB, without private metadata.",
        usage: """
            gesso convert [<options>] <IN> <OUT>
            gesso convert [<options>] --out <DIR> <IN> ...
            """,
        discussion: """
            IN is a PNG, JPEG, WebP, HEIC or AVIF file, or a GIF, whose first frame is taken. OUT's extension decides the \
            format. - is standard input or output; for OUT it needs --format.
            With --out, files keep their names and, without --format, their formats (GIF becomes PNG, HEIC becomes JPEG). They are converted \
            side by side as far as threads and memory allow; one that fails does not stop the others, and the exit status \
            is 1 then.
            """)

    @Argument(help: ArgumentHelp("The file to read, then the file to write; with --out, files to read.")) var files:
        [String]
    @Option(
        name: .customLong("out"), help: ArgumentHelp("Write all converted files into this directory.", valueName: "DIR")
    )
    var directory: String?
    @OptionGroup var rendition: RenditionOptions
    @OptionGroup var source: SourceOptions
    @Flag(help: "Replace files that exist already.") var force = false
    @OptionGroup var report: ReportOptions

    func validate() throws {
        try source.check(rendition)
        guard directory == nil else {
            for name in Set(try conversions().map(\.formatName)) { _ = try rendition.encoding.encoding(for: name) }
            return
        }
        guard files.count == 2 else {
            throw ValidationError("Give IN and OUT, or several files with --out DIR.")
        }
        let output = files[1]
        try rendition.checkFormat(of: output)
        if output == "-", rendition.format == nil {
            throw ValidationError("OUT - needs --format png, jpeg, webp or avif.")
        }
        if output == "-", report.json {
            throw ValidationError("OUT - and --json both write to standard output; leave one of them out.")
        }
        if let name = try conversions().first?.formatName, ImageEncoding(format: name, quality: 80) != nil {
            _ = try rendition.encoding.encoding(for: name)
        }
    }

    func run() async throws {
        try await report.run {
            guard directory == nil else { return try await convertAll() }
            guard let conversion = try conversions().first else { return OutputsReport() }
            if conversion.output == "-" { StandardOutput.reserveForFile() }
            return try await Progress.showing { progress in
                progress.say("converting")
                return try await convert(conversion)
            }
        }
    }

    /// One file to convert.
    struct Conversion {
        let input: String
        let output: String
        let formatName: String
    }

    private func conversions() throws -> [Conversion] {
        guard let directory else {
            return [
                Conversion(
                    input: files[0], output: files[1], formatName: rendition.formatName(of: files[1]))
            ]
        }
        var names = OutputNames()
        return files.map { path in
            let name = URL(filePath: path).lastPathComponent
            let (stem, typed) = (
                URL(filePath: name).deletingPathExtension().lastPathComponent, URL(filePath: name).pathExtension
            )
            let own = ImageEncoding(fileExtension: typed, quality: 80)?.format
            // Nobody writes HEIC here, and its images would be large as PNG.
            let other = ImageFormat(fileExtension: typed) == .heic ? ImageFormat.jpeg : .png
            let wanted = rendition.format.flatMap { ImageFormat(fileExtension: $0) } ?? own ?? other
            let fileExtension = wanted == own ? typed : wanted.fileExtension
            return Conversion(
                input: path, output: "\(directory)/\(names.next(path == "-" ? "image" : stem, fileExtension))",
                formatName: wanted.rawValue)
        }
    }

    private func convert(_ conversion: Conversion) async throws -> OutputsReport {
        let encoding = try rendition.encoding(named: conversion.formatName)
        let isPiped = conversion.output == "-"
        let file = try OutputFile(at: isPiped ? "/dev/stdout" : conversion.output, opensStreams: true)
        try file.check(overwrites: force)
        let input = try InputFile(conversion.input, maximum: report.limits.byteCount)
        let image = rendition.pixels.applied(
            to: source.image(input.data, limits: report.limits), as: encoding.format)
        do {
            let written: EncodedImage
            var placeholders: Image.Placeholder?
            let maxBytes = rendition.maxBytes
            if source.placeholder {
                (written, placeholders) = try await image.encodedWithPlaceholder(as: encoding, maxBytes: maxBytes)
            } else {
                written = try await image.encoded(as: encoding, maxBytes: maxBytes)
            }
            let (force, policy) = (force, source.metadata)
            let path = isPiped ? "-" : file.url.path
            var report = try await PixelPool.shared.run {
                try file.write(written.data, overwrites: force)
                return try OutputsReport(converting: written, at: path, policy)
            }
            report.placeholder = placeholders
            return report
        } catch let error as GessoError where error.stage != "write" {
            throw error.about(input.path)
        }
    }

    /// As many at a time as there are threads; each waits for the memory budget by itself.
    private func convertAll() async throws -> OutputsReport {
        let all = try conversions()
        let sizes = all.map { conversion in
            (try? FileManager.default.attributesOfItem(atPath: conversion.input)[.size] as? Int) ?? 0
        }
        let limit = try PixelPool.Limits.current().threads + 1
        let results = try await ProgressBar.showing(files: all.count, bytes: sizes.reduce(0, +)) { bar in
            await withTaskGroup(of: (Int, Result<OutputsReport, any Error>).self) { group in
                var results = [Result<OutputsReport, any Error>?](repeating: nil, count: all.count)
                for (index, conversion) in all.enumerated() {
                    if index >= limit, let (done, result) = await group.next() { results[done] = result }
                    group.addTask {
                        let result: Result<OutputsReport, any Error>
                        do { result = .success(try await convert(conversion)) } catch { result = .failure(error) }
                        var hasFailed = false
                        if case .failure = result { hasFailed = true }
                        bar.advance(bytes: sizes[index], failed: hasFailed)
                        return (index, result)
                    }
                }
                for await (done, result) in group { results[done] = result }
                return results
            }
        }
        return OutputsReport(
            joining: zip(all, results).compactMap { conversion, result in result.map { (conversion.input, $0) } })
    }
}
