package import GessoPixels
package import ImagesAPI

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// One job of a worker: what to do, and the files that came with it.
package struct WorkerJob: Sendable {
    /// What the client calls the job; in its result again.
    package let id: String
    package let operation: String
    /// Whether outputs replace files that exist and differ.
    package let overwrites: Bool
    /// The other members of the line, whose meaning is the operation's.
    package var members: [String: JSONValue]
    /// The body's parts by their names.
    package var parts: [String: Data] = [:]
    /// The most bytes that a file may have.
    var byteLimit = 0

    /// A job whose files are read by path.
    package init(
        id: String, operation: String, overwrites: Bool = false, members: [String: JSONValue], byteLimit: Int = 0
    ) {
        (self.id, self.operation, self.overwrites) = (id, operation, overwrites)
        (self.members, self.byteLimit) = (members, byteLimit)
    }

    /// What comes by path or as a part of the body.
    ///
    /// Only regular files: a pipe could keep the worker waiting, and its own descriptors hold jobs.
    package func file(_ name: String) throws(GessoError) -> Data {
        if let part = parts[name] {
            guard !part.isEmpty else {
                throw GessoError(.emptyInput, stage: "read", "The body's part \(name) is empty.", facts: ["part": name])
            }
            return part
        }
        guard FileContents.isRegularFile(name) else {
            throw GessoError(
                .fileNotReadable, stage: "read",
                "\(name) is no regular file; give a file, or send its bytes as a body.",
                facts: ["path": name])
        }
        return try FileContents.read(name, maximum: byteLimit)
    }
}

/// One line that a worker reads.
struct WorkerLine {
    private static let longestID = 256

    private let members: [String: JSONValue]
    /// How many bytes follow the line.
    let byteCount: Int

    /// Throws `invalidParameter` for a line after which nobody knows where the next one begins.
    init(_ line: Data) throws(GessoError) {
        guard case .object(let members)? = try? JSONDecoder().decode(JSONValue.self, from: line) else {
            throw WorkerLine.error("A line is not one JSON object.")
        }
        self.members = members
        guard let value = members["bytes"], value != .null else {
            byteCount = 0
            return
        }
        guard let count = value.integerValue, count >= 0 else {
            throw WorkerLine.error("\u{201C}bytes\u{201D} is the length of the body, a whole number from 0 on.")
        }
        byteCount = count
    }

    var id: String? {
        guard let id = members["id"]?.stringValue, (1...WorkerLine.longestID).contains(id.utf8.count) else {
            return nil
        }
        return id
    }

    /// The job to cancel, if the line asks for that.
    var cancelled: String? { members["cancel"]?.stringValue }

    /// The job, with its body; throws `invalidParameter` for one that is not complete.
    func job(body: Data, byteLimit: Int) throws(GessoError) -> WorkerJob {
        guard let id else {
            throw WorkerLine.error("A job needs an \u{201C}id\u{201D}, a string of 1 to \(WorkerLine.longestID) bytes.")
        }
        guard let operation = members["operation"]?.stringValue else {
            throw WorkerLine.error("A job needs an \u{201C}operation\u{201D}.")
        }
        var rest = members
        for name in ["id", "operation", "bytes", "parts", "force"] { rest[name] = nil }
        var job = WorkerJob(
            id: id, operation: operation, overwrites: members["force"]?.boolValue ?? false, members: rest)
        job.byteLimit = byteLimit
        job.parts = try parts(of: body)
        return job
    }

    /// The body as its parts; without `parts` it is one, named `image`.
    private func parts(of body: Data) throws(GessoError) -> [String: Data] {
        guard let list = members["parts"] else { return body.isEmpty ? [:] : ["image": body] }
        var parts: [String: Data] = [:]
        var offset = 0
        for part in list.arrayValue ?? [.null] {
            guard let name = part["name"]?.stringValue, let count = part["bytes"]?.integerValue, count >= 0,
                count <= body.count - offset, parts[name] == nil
            else {
                throw WorkerLine.error(
                    "\u{201C}parts\u{201D} lists the body's parts in order, each with a name of its own and its bytes.")
            }
            parts[name] = body.subdata(in: offset..<offset + count)
            offset += count
        }
        guard offset == body.count else {
            throw WorkerLine.error("\u{201C}parts\u{201D} has \(offset) bytes and the body \(body.count).")
        }
        return parts
    }

    static func error(_ message: String) -> GessoError {
        GessoError(.invalidParameter, stage: "job", "\(message) See the worker's protocol.")
    }
}
