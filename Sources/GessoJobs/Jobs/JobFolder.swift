#if SQLite
import Gesso
import GessoPixels
import ImagesAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The files of one job: `job.json`, the inputs under the names of their SHA-256, and the outputs.
struct JobFolder: Sendable {
    let url: URL
    private var inputs: URL { url.appending(path: "inputs") }
    var outputs: URL { url.appending(path: "outputs") }

    /// Stores the inputs, and syncs each file and its name before it returns.
    func store(_ work: EditQueue.Work) async throws {
        try await changing {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            var stored = StoredWork()
            switch work {
            case .edit(var job, let photo, let references):
                stored.photo = try storeInput(photo)
                stored.references = try references.map(storeInput)
                stored.markup = try job.markup.map(storeInput)
                job.markup = nil
                stored.edit = job
            case .generation(let request, let renditions):
                (stored.generation, stored.renditions) = (request, renditions)
            }
            // Last, so that a folder with it is complete.
            try OutputFile(in: url, named: "job.json").write(JSONEncoder().encode(stored), isPrivate: true)
            try Self.sync(url.deletingLastPathComponent())
        }
    }

    /// What was stored. Throws `fileNotReadable` for a file that is missing, `corrupt` for one that has changed.
    func work() async throws -> EditQueue.Work {
        try await onDisk {
            let description = try contents("job.json")
            guard let stored = try? JSONDecoder().decode(StoredWork.self, from: description) else {
                throw damaged("job.json")
            }
            if let request = stored.generation { return .generation(request, renditions: stored.renditions) }
            guard var job = stored.edit, let photo = stored.photo else { throw damaged("job.json") }
            job.markup = try stored.markup.map(input)
            return .edit(job, photo: try input(photo), references: try stored.references.map(input))
        }
    }

    /// Writes a file whole and synced, in place of one that an interrupted attempt may have left.
    func write(_ data: Data, named name: String) async throws -> (url: URL, digest: String) {
        try await changing {
            let file = try OutputFile(in: outputs, named: name)
            try file.write(data, overwrites: true, isPrivate: true)
            try Self.sync(url)
            return (file.url, SHA256.digest(of: data))
        }
    }

    /// Removes the job's files; those that are gone already do not matter.
    func remove() async throws {
        try await changing {
            // Within a folder of the queue's own, whose name is the job's id.
            guard FileManager.default.fileExists(atPath: url.path) else { return }
            do {
                try FileManager.default.removeItem(at: url)
            } catch {
                throw GessoError(
                    .fileNotWritable, stage: "jobs",
                    "The files of a job in \(url.path) cannot be removed; check the permissions.",
                    facts: ["path": url.path])
            }
        }
    }

    private func storeInput(_ data: Data) throws -> String {
        let digest = SHA256.digest(of: data)
        let file = try OutputFile(in: inputs, named: digest)
        // The same image may come twice.
        try file.write(data, overwrites: true, isPrivate: true)
        return digest
    }

    private func input(_ digest: String) throws -> Data {
        let data = try contents("inputs/\(digest)")
        guard SHA256.digest(of: data) == digest else { throw damaged("inputs/\(digest)") }
        return data
    }

    private func contents(_ name: String) throws -> Data {
        do {
            return try Data(contentsOf: url.appending(path: name))
        } catch {
            let path = url.appending(path: name).path
            throw GessoError(
                .fileNotReadable, stage: "jobs", "\(path), an input of a job, cannot be read; check that it is there.",
                facts: ["path": path])
        }
    }

    /// Syncs the names in a directory. File systems that cannot do that return EINVAL.
    private static func sync(_ directory: URL) throws(GessoError) {
        let descriptor = open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        guard descriptor < 0 || (fsync(descriptor) != 0 && errno != EINVAL) else { return }
        let number = errno
        throw GessoError(
            .fileNotWritable, stage: "jobs",
            "The directory \(directory.path) cannot be saved (\(String(cString: strerror(number)))); check the disk.",
            facts: ["path": directory.path, "errno": "\(number)"])
    }

    private func damaged(_ name: String) -> GessoError {
        let path = url.appending(path: name).path
        return GessoError(
            .corrupt, stage: "jobs", "\(path), an input of a job, is not what was stored; submit the job again.",
            facts: ["path": path])
    }

    /// Changes files, and waits for that also when the task is cancelled: a removal that follows must not meet the change,
    /// and must not be left out.
    private func changing<Value: Sendable>(_ change: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await Task { try await onDisk(change) }.value
    }

    private func onDisk<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await DiskWriter.shared(for: url.deletingLastPathComponent().path).run(timeout: .seconds(600), work)
    }
}

extension SHA256 {
    /// The hash of `data`, as 64 hexadecimal digits.
    static func digest(of data: Data) -> String {
        var hash = SHA256()
        data.withUnsafeBytes { hash.update($0) }
        return hash.hexadecimal
    }
}
#endif
