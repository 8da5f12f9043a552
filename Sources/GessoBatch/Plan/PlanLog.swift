import Gesso

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The records of a plan that is not complete, in the order of the manifest.
struct PlanLog {
    struct Line: Codable {
        /// The digest of the job.
        let digest: String
        /// What the job was checked against.
        let rules: String
        let record: JobRecord
    }

    private let log: AppendLog
    private let rules: String

    init(_ path: String, rules: String) throws(GessoError) {
        log = try AppendLog(path)
        self.rules = rules
    }

    /// Not synced: a record that is lost is made again.
    func append(_ record: JobRecord, digest: String) throws(GessoError) {
        try log.append(Line(digest: digest, rules: rules, record: record), synced: false)
    }
}

/// The records of a plan that was stopped.
final class EarlierRecords: Sendable {
    private let places: [String: AppendLog.Place]
    private let reader: LineReader?

    /// Keeps the longer one of two unfinished plans, and reads where its records are that were checked against these rules.
    init(_ folder: RunFolder, rules: String) throws(GessoError) {
        func size(_ path: String) -> Int {
            var status = stat()
            return stat(path, &status) == 0 ? Int(status.st_size) : 0
        }
        if size(folder.progressFile) > size(folder.earlierProgressFile) {
            try? FileManager.default.removeItem(atPath: folder.earlierProgressFile)
            try? FileManager.default.moveItem(atPath: folder.progressFile, toPath: folder.earlierProgressFile)
        } else {
            try? FileManager.default.removeItem(atPath: folder.progressFile)
        }
        guard size(folder.earlierProgressFile) > 0 else {
            (places, reader) = ([:], nil)
            return
        }
        let reader = try LineReader(folder.earlierProgressFile)
        var places: [String: AppendLog.Place] = [:]
        struct Head: Decodable { let digest, rules: String }
        while let (line, place) = try reader.next() {
            // The last line of a process that was killed may not be whole.
            guard let head = try? JSONDecoder().decode(Head.self, from: line), head.rules == rules else { continue }
            places[head.digest] = place
        }
        (self.places, self.reader) = (places, reader)
    }

    /// The record of the job with that digest, if its files are there.
    func record(of digest: String, _ folder: RunFolder) -> JobRecord? {
        guard let place = places[digest], let line = try? reader?.line(at: place),
            let entry = try? JSONDecoder().decode(PlanLog.Line.self, from: line)
        else { return nil }
        let names = entry.record.uploads.flatMap(\.parts).map(\.name)
        guard names.allSatisfy({ FileManager.default.fileExists(atPath: "\(folder.files.path)/\($0)") }) else {
            return nil
        }
        return entry.record
    }
}
