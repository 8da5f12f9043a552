import Foundation
import Gesso
import Synchronization

/// Standard input, for what every user of a machine could read in the arguments of a process. One option can take it.
enum StandardInput {
    private static let isTaken = Atomic(false)

    /// All of it as text, without the line breaks around it.
    static func read(for what: String) throws(GessoError) -> String {
        guard !isTaken.exchange(true, ordering: .relaxed) else {
            throw GessoError(
                .invalidParameter, stage: "read",
                "Standard input is taken already and cannot be \(what) too; give one of them in another way.")
        }
        let data = FileHandle.standardInput.readDataToEndOfFile()
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
        guard !text.isEmpty else {
            throw GessoError(.emptyInput, stage: "read", "No \(what) came on standard input; pipe one in.")
        }
        return text
    }
}
