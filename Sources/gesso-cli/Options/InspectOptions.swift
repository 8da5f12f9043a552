import ArgumentParser
import Gesso

/// How `inspect` looks at a file.
struct InspectOptions: ParsableArguments {
    @Option(
        name: .customLong("decode"),
        help: ArgumentHelp(
            "Decode the file too, at level strict, standard or lenient, and report what that finds.", valueName: "LEVEL"
        ))
    var level: ImageDecoder.Options.Level?
}
