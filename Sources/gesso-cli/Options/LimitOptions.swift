import ArgumentParser
import Gesso

/// The limits on input and output, one by one.
struct LimitOptions: ParsableArguments {
    @Option(
        name: .customLong("limit"),
        help: ArgumentHelp(
            "Set a limit, to a number or to unlimited; repeatable. NAME is \(LimitOptions.names).", valueName: "NAME=N")
    )
    var given: [String] = []

    private enum Limit {
        case count(WritableKeyPath<ImageDecoder.Limits, Int>)
        case seconds(WritableKeyPath<ImageDecoder.Limits, Double>)
    }

    private static var table: [(name: String, meaning: String, limit: Limit)] {
        [
            ("bytes", "length of a file", .count(\.byteCount)),
            ("pixels", "width × height of a file", .count(\.pixelCount)),
            ("side", "longer side of a file", .count(\.sideLength)),
            ("output-pixels", "width × height of an output", .count(\.outputPixelCount)),
            ("chunks", "chunks or segments", .count(\.chunkCount)),
            ("profile-bytes", "length of a color profile", .count(\.profileByteCount)),
            ("metadata-bytes", "length of a metadata block", .count(\.metadataByteCount)),
            ("metadata-items", "items of a C2PA manifest", .count(\.metadataItemCount)),
            ("scans", "scans of a JPEG", .count(\.scanCount)),
            (
                "animation-pixels", "frames × width × height of an animation, with --animated",
                .count(\.animationPixelCount)
            ),
            ("working-bytes", "memory of a codec beside the pixels", .count(\.workingByteCount)),
            ("cpu-seconds", "time of one decode", .seconds(\.cpuSeconds)),
        ]
    }

    private static var names: String { table.map { "\($0.name) (\($0.meaning))" }.joined(separator: ", ") }

    func validate() throws { _ = try values() }

    /// The limits for the user's own files, with those that were given. Invalid options were refused by `validate`.
    var limits: ImageDecoder.Limits { (try? values()) ?? .ownFiles }

    private func values() throws -> ImageDecoder.Limits {
        var limits = ImageDecoder.Limits.ownFiles
        for text in given {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let entry = Self.table.first(where: { $0.name == parts[0] }) else {
                throw ValidationError(
                    "--limit takes NAME=N, where NAME is \(Self.table.map(\.name).joined(separator: ", ")).")
            }
            let value = parts.count == 2 ? String(parts[1]) : ""
            switch entry.limit {
            case .count(let path):
                guard let number = value == "unlimited" ? ImageDecoder.Limits.unlimited : Int(value), number > 0 else {
                    throw ValidationError(
                        "--limit \(entry.name)=N takes a whole number from 1 to \(Int.max), or unlimited.")
                }
                limits[keyPath: path] = number
            case .seconds(let path):
                guard let number = value == "unlimited" ? 1e9 : Double(value), number > 0, number <= 1e9 else {
                    throw ValidationError(
                        "--limit \(entry.name)=N takes a number above 0, up to 1000000000, or unlimited.")
                }
                limits[keyPath: path] = number
            }
        }
        return limits
    }
}

extension ImageDecoder.Limits {
    /// Limits for the user's own files, which may be longer than those that strangers send: 1 GiB, and sides of a million
    /// pixels.
    static var ownFiles: ImageDecoder.Limits {
        var limits = ImageDecoder.Limits.default
        (limits.byteCount, limits.sideLength) = (1 << 30, 1 << 20)
        return limits
    }
}
