import Foundation
import Gesso

/// A value stored as JSON in a file named on the command line.
enum JSONFile {
    /// Throws the errors of reading the file, and `invalidParameter` with the position of invalid JSON.
    static func read<Value: Decodable>(_ type: Value.Type, from path: String, _ noun: String) throws -> Value {
        try decode(type, InputFile(path).data, from: path, noun)
    }

    /// The same for a file that has been read.
    static func decode<Value: Decodable>(
        _ type: Value.Type, _ data: Data, from path: String, _ noun: String
    ) throws -> Value {
        do { return try JSONDecoder().decode(type, from: data) } catch {
            throw GessoError(
                .invalidParameter, stage: noun, "\(path) is not a \(noun) in JSON: \(reason(error))",
                facts: ["path": path])
        }
    }

    /// The position and the kind of the error in the JSON.
    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        let context: DecodingError.Context
        switch error {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .keyNotFound(_, let found),
            .dataCorrupted(let found):
            context = found
        @unknown default: return "\(error)"
        }
        let place = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        let text = context.debugDescription
        let sentence = text.hasSuffix(".") ? text : text + "."
        return place.isEmpty ? sentence : "at \(place): \(sentence)"
    }
}
