import ArgumentParser
import Foundation
import Gesso
import Synchronization

/// The options of the command line that come as members of a job: `maxBytes: 40000` is `--max-bytes=40000`.
final class JobOptions<Options: ParsableArguments & Sendable>: Sendable {
    /// Jobs of one table have the same options; more kinds than these are parsed each time.
    private static var mostKept: Int { 64 }

    private let parsed = Mutex<[[String]: Options]>([:])

    /// Parses members. Objects become parts of the job, which an option can name as its file.
    ///
    /// Throws `invalidParameter` with the parser's message.
    func parse(_ members: [String: JSONValue], for job: inout WorkerJob) throws(GessoError) -> Options {
        var arguments: [String] = []
        for (key, value) in members.sorted(by: { $0.key < $1.key }) {
            arguments += try JobMember.arguments(key, value, &job)
        }
        if let options = parsed.withLock({ $0[arguments] }) { return options }
        let options: Options
        do { options = try Options.parse(arguments) } catch {
            throw JobMember.error(Options.message(for: error))
        }
        parsed.withLock { if $0.count < Self.mostKept { $0[arguments] = options } }
        return options
    }
}

/// Converts members of jobs to arguments of the command line.
enum JobMember {
    /// Options of every program that print something and end it.
    private static let refused: Set = ["h", "help", "version", "generateCompletionScript", "experimentalDumpHelp"]

    static func arguments(_ key: String, _ value: JSONValue, _ job: inout WorkerJob) throws(GessoError) -> [String] {
        guard let first = key.utf8.first, (97...122).contains(first), !refused.contains(key),
            key.utf8.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) })
        else { throw error("There is no member \u{201C}\(key.prefix(80))\u{201D}.") }
        let option = key.utf8.count == 1 ? "-\(key)" : "--" + kebabCase(key)
        func with(_ text: String) -> [String] { key.utf8.count == 1 ? [option, text] : ["\(option)=\(text)"] }
        switch value {
        case .null, .bool(false): return []
        case .bool(true): return [option]
        case .integer(let number): return with("\(number)")
        case .number(let number): return with("\(number)")
        case .string(let text): return with(text)
        case .array(let values):
            var list: [String] = []
            for value in values { list += try arguments(key, value, &job) }
            return list
        case .object:
            guard let json = try? JSONEncoder().encode(value) else {
                throw error("\u{201C}\(key)\u{201D} is not valid.")
            }
            let name = "\(key)#\(job.parts.count)"
            job.parts[name] = json
            return with(name)
        }
    }

    /// The text of a member, which is taken out of the members; nil if it is missing.
    static func text(_ key: String, from members: inout [String: JSONValue]) throws(GessoError) -> String? {
        guard let value = members.removeValue(forKey: key), value != .null else { return nil }
        guard let text = value.stringValue else { throw error("\u{201C}\(key)\u{201D} is a string.") }
        return text
    }

    /// The same for a list of texts; empty if it is missing.
    static func texts(_ key: String, from members: inout [String: JSONValue]) throws(GessoError) -> [String] {
        guard let value = members.removeValue(forKey: key), value != .null else { return [] }
        guard let values = value.arrayValue, case let texts = values.compactMap(\.stringValue),
            texts.count == values.count
        else { throw error("\u{201C}\(key)\u{201D} is a list of strings.") }
        return texts
    }

    static func error(_ message: String) -> GessoError {
        GessoError(.invalidParameter, stage: "job", message)
    }

    private static func kebabCase(_ name: String) -> String {
        name.reduce(into: "") { text, character in
            if character.isUppercase { text.append("-") }
            text += character.lowercased()
        }
    }
}

extension WorkerJob {
    /// A file by path or part, read on the pool, with its name for errors.
    func input(_ name: String) async throws -> InputFile {
        InputFile(name, containing: try await PixelPool.shared.run { try file(name) })
    }
}
