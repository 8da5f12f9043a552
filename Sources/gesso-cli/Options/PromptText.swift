import Foundation
import Gesso

/// A prompt as the command line gives it: the text itself, or `-` for standard input, since every user of a machine can
/// read the arguments of every process.
enum PromptText {
    static func read(_ argument: String) throws(GessoError) -> String {
        guard argument == "-" else { return argument }
        let data = FileHandle.standardInput.readDataToEndOfFile()
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
        guard !text.isEmpty else {
            throw GessoError(.emptyInput, stage: "read", "No prompt came on standard input; pipe one in.")
        }
        return text
    }
}
