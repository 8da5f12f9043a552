public import ArgumentParser
public import Gesso

extension ImageDecoder.Options.Level: ExpressibleByArgument {}

/// How much damage input files may have.
struct DecodingOptions: ParsableArguments {
    @Option(
        name: .customLong("decode"),
        help: ArgumentHelp(
            "How much damage a file may have: strict (none), standard (what affects no pixel), lenient (take what can be read).",
            valueName: "LEVEL"))
    var level: ImageDecoder.Options.Level = .standard
}
