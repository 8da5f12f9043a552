import ArgumentParser
import Foundation
import Gesso

/// Responses of an earlier run, so that nothing is paid for twice.
struct KeptOptions: ParsableArguments {
    @Option(
        name: .customLong("kept"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "An image or response that an earlier run kept (…-returned.png, ….response.json): finish with it instead of requesting it again. "
                + "Repeatable; the other options must be those of that run.", valueName: "FILE"))
    var files: [String] = []

    /// The names of the files, which may be in the output directory.
    var names: Set<String> { Set(files.map { URL(filePath: $0).lastPathComponent }) }

    /// The kept response to each request, nil if there is none; the file's name contains the request's index.
    func responses(requests count: Int) throws -> [ImagesResponse?] {
        var kept = [[Data]](repeating: [], count: count)
        for path in files {
            let region = KeptOptions.region(of: URL(filePath: path).lastPathComponent)
            guard region < count else {
                throw GessoError(
                    .invalidParameter, stage: "kept",
                    "\(path) belongs to request \(region + 1) and this edit has \(count); give the options of the run that "
                        + "kept it.", facts: ["path": path, "found": "\(region + 1)", "allowed": "\(count)"])
            }
            let file = try InputFile(path).data
            if ImageFormat(sniffing: file) != nil {
                kept[region].append(file)
            } else if let images = try? ImagesResponse(saved: file).images.compactMap(\.data), !images.isEmpty {
                kept[region] += images
            } else {
                throw GessoError(
                    .unsupportedFormat, stage: "kept",
                    "\(path) is neither an image nor a response with one; give one that an earlier run kept.",
                    facts: ["path": path])
            }
        }
        return kept.map { $0.isEmpty ? nil : ImagesResponse(images: $0) }
    }

    /// The number in `…-region-NUMBER-…`; 0 if there is none.
    private static func region(of name: String) -> Int {
        guard let range = name.range(of: "-region-", options: .backwards) else { return 0 }
        return Int(name[range.upperBound...].prefix { $0 != "-" }) ?? 0
    }
}
