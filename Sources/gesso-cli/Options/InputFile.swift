import Foundation
import Gesso

/// A file named on the command line, read whole.
struct InputFile {
    let path: String
    let data: Data

    /// Throws `fileNotFound`, `fileNotReadable`, `emptyInput` or `tooManyBytes`, each with the path and what to do.
    init(_ path: String, maximum: Int = DecodeLimits.default.byteCount) throws(GessoError) {
        self.path = path
        data = try FileContents.read(path, maximum: maximum)
    }
}

extension DecodeLimits {
    /// For files of one's own on the command line: very long and thin ones too. Pixels bound memory as ever.
    static var longSides: DecodeLimits {
        var limits = DecodeLimits.default
        limits.sideLength = 1 << 20
        return limits
    }

    /// These with GIF.
    var andGIF: DecodeLimits {
        var limits = self
        limits.formats.insert(.gif)
        return limits
    }
}

extension [InputFile] {
    /// Runs `body`; an error about one of these files names it.
    func naming<R>(_ body: () async throws -> R) async throws -> R {
        do { return try await body() } catch let error as GessoError {
            let index = error.facts["image"].flatMap { Int($0) } ?? 0
            guard ["probe", "decode", "color"].contains(error.stage), indices.contains(index) else { throw error }
            throw error.about(self[index].path)
        }
    }
}

extension GessoError {
    /// The same error, naming the file it is about.
    func about(_ path: String) -> GessoError {
        var facts = facts
        facts["path"] = path
        return GessoError(code, stage: stage, "\(path): \(message)", facts: facts)
    }
}
