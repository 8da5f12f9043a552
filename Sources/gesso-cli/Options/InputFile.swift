import Foundation
import Gesso

/// A file named on the command line, with its content.
struct InputFile {
    let path: String
    let data: Data

    /// A file that has been read.
    init(_ path: String, containing data: Data) {
        self.path = path
        self.data = data
    }

    /// The file, or standard input for `-`.
    ///
    /// Throws `fileNotFound`, `fileNotReadable`, `emptyInput` or `tooManyBytes`, each with the path and advice.
    init(_ path: String, maximum: Int = ImageDecoder.Limits.ownFiles.byteCount) throws(GessoError) {
        let isPiped = path == "-"
        self.path = isPiped ? "standard input" : path
        data = try isPiped ? StandardInput.file(maximum: maximum) : FileContents.read(path, maximum: maximum)
    }
}

extension [InputFile] {
    /// Runs `body` and adds the file's path to errors about one of these files.
    func naming<R>(_ body: () async throws -> R) async throws -> R {
        do { return try await body() } catch let error as GessoError { throw naming(error) }
    }

    /// An error about one of these files, with its name; any other error as it is.
    func naming(_ error: GessoError) -> GessoError {
        let index = error.facts["image"].flatMap { Int($0) } ?? 0
        guard ["probe", "decode", "color"].contains(error.stage), indices.contains(index) else { return error }
        return error.about(self[index].path)
    }
}

extension GessoError {
    /// The same error with the path of its file.
    func about(_ path: String) -> GessoError {
        var facts = facts
        facts["path"] = path
        return GessoError(code, stage: stage, "\(path): \(message)", facts: facts)
    }
}
