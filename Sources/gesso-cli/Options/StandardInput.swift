import Foundation
import Gesso
import Synchronization

/// Standard input, for files, and for text that other users must not see in the process's arguments. Only one option can use it.
enum StandardInput {
    private static let isTaken = Atomic(false)

    /// The whole input as text, without line breaks at its start and end.
    static func read(for what: String) throws(GessoError) -> String {
        try take(for: what)
        let data = FileHandle.standardInput.readDataToEndOfFile()
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
        guard !text.isEmpty else {
            throw GessoError(.emptyInput, stage: "read", "Standard input is empty; pipe the \(what) in.")
        }
        return text
    }

    /// The bytes of a file that is piped in.
    static func file(maximum: Int) throws(GessoError) -> Data {
        try take(for: "file")
        return try FileContents.read(descriptor: 0, named: "standard input", maximum: maximum)
    }

    private static func take(for what: String) throws(GessoError) {
        guard !isTaken.exchange(true, ordering: .relaxed) else {
            throw GessoError(
                .invalidParameter, stage: "read",
                "Standard input is already used by another option and cannot be the \(what); give one of them in another way."
            )
        }
    }
}
