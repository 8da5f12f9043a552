import GessoPixels
import ImagesAPI
import Synchronization

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

/// The results of a shard, one a line: what a later run of the same shard need not do again.
final class ShardResults: Sendable {
    /// Open for appending, and locked: nobody else runs this shard.
    let descriptor: Int32
    /// The digests of jobs that are done, and the paths of their outputs.
    private let done: [String: [String]]
    /// How each line begins, as its members are sorted.
    private static let lineStart = Array("{\"bytes\":".utf8)

    private struct Line: Decodable {
        struct Output: Decodable { let path: String? }
        let status: String
        let digest: String?
        let outputs: [Output]?
    }

    /// Opens the file, or makes it, and removes what a killed run has left of a last line.
    ///
    /// Throws `invalidParameter` for a file that holds anything but results, and for the manifest, which must not grow.
    init(_ path: String, manifest: Int32) throws(GessoError) {
        let file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw ShardResults.failure(path, "opened", errno) }
        do throws(GessoError) {
            guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
                guard errno == EWOULDBLOCK else { throw ShardResults.failure(path, "locked", errno) }
                throw GessoError(
                    .overloaded, stage: "write",
                    "Another process runs this shard: \(path) is locked. Wait for it, or give other --results.",
                    facts: ["path": path])
            }
            guard ShardResults.holdsResults(file), !ShardResults.isSame(file, manifest) else {
                throw GessoError(
                    .invalidParameter, stage: "write",
                    "\(path) is not a file of results and was kept; choose another one with --results.",
                    facts: ["path": path])
            }
            done = try ShardResults.jobsDone(file, path)
        } catch {
            close(file)
            throw error
        }
        descriptor = file
    }

    deinit { close(descriptor) }

    /// Whether the file is empty or begins as results do, be it with a part of a line.
    private static func holdsResults(_ file: Int32) -> Bool {
        var start = [UInt8](repeating: 0, count: lineStart.count)
        let count = pread(file, &start, lineStart.count, 0)
        return count >= 0 && start.prefix(count) == lineStart.prefix(count)
    }

    /// Whether two descriptors are of one file.
    private static func isSame(_ first: Int32, _ second: Int32) -> Bool {
        var one = stat()
        var other = stat()
        guard fstat(first, &one) == 0, fstat(second, &other) == 0 else { return false }
        return one.st_dev == other.st_dev && one.st_ino == other.st_ino
    }

    private static func jobsDone(_ file: Int32, _ path: String) throws(GessoError) -> [String: [String]] {
        let input = try StoppableInput(file)
        let consumed = Mutex(0)
        var reader = FrameReader(lineLimit: Int.max / 2) { buffer in
            let result = input.read(into: buffer)
            if case .success(let count) = result { consumed.withLock { $0 += count } }
            return result
        }
        var done: [String: [String]] = [:]
        var whole = 0
        while let text = try reader.line() {
            // The last line of a run that was killed has no line feed, or is not JSON.
            let end = whole + text.count + 1
            guard end <= consumed.withLock({ $0 }) else { break }
            whole = end
            guard let line = try? JSONDecoder().decode(Line.self, from: text), let digest = line.digest else {
                continue
            }
            done[digest] = line.status == "done" ? (line.outputs ?? []).compactMap(\.path) : nil
        }
        guard ftruncate(file, off_t(whole)) == 0 else { throw failure(path, "truncated", errno) }
        return done
    }

    /// Whether an earlier run did this job, and its outputs are still there.
    func isDone(_ line: Data) -> Bool {
        guard let paths = done[ShardResults.digest(of: line)] else { return false }
        return paths.allSatisfy { access($0, F_OK) == 0 }
    }

    /// The first 128 bits of the line's SHA-256.
    static func digest(of line: Data) -> String {
        var hash = SHA256()
        line.withUnsafeBytes { hash.update($0) }
        return String(hash.hexadecimal.prefix(32))
    }

    private static func failure(_ path: String, _ action: String, _ number: Int32) -> GessoError {
        GessoError(
            .fileNotWritable, stage: "write",
            "The results \(path) cannot be \(action): \(String(cString: strerror(number))); choose another file with --results.",
            facts: ["path": path, "errno": "\(number)"])
    }
}
