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

/// The files of a spool: the responses, and the entries of a directory journal.
package struct SpoolFolder: Sendable {
    let directory: String

    package init(_ directory: String) { self.directory = directory }

    /// All entries, the oldest first; responses without an entry, from earlier versions, count as entries of their own.
    func entries() throws(ImagesAPIError) -> [Purchase.Entry] {
        try namesByStem().compactMap { stem, names in
            let responses = paths(names).filter(Self.isResponse)
            guard names.contains("\(stem).entry") else { return orphan(stem, responses) }
            guard let file = try? EntryFile(opening: "\(directory)/\(stem).entry", key: stem) else { return nil }
            let isHeld = file.isHeld
            guard let contents = file.read() else {
                guard !isHeld else { return nil }
                let purchase = Purchase(
                    key: String(stem.dropFirst("gesso-".count)), time: changed("\(stem).entry"), operation: "unknown",
                    host: "", digest: "")
                return entry(
                    EntryFile.Contents(
                        purchase: purchase, outcome: EntryFile.Outcome(outcome: "failed", reason: "notSent")),
                    responses, isHeld: false)
            }
            return entry(contents, responses, isHeld: isHeld)
        }.sorted { ($0.purchase.time, $0.purchase.key) < ($1.purchase.time, $1.purchase.key) }
    }

    func entry(_ contents: EntryFile.Contents, stem: String, isHeld: Bool) -> Purchase.Entry {
        entry(contents, responseFiles(stem: stem), isHeld: isHeld)
    }

    private func entry(_ contents: EntryFile.Contents, _ files: [String], isHeld: Bool) -> Purchase.Entry {
        entry(
            contents.purchase, isFailed: contents.outcome?.isFailed == true, reason: contents.outcome?.reason,
            files: files, isHeld: isHeld)
    }

    /// The entry of a recorded purchase whose response is in these files.
    package func entry(
        _ purchase: Purchase, isFailed: Bool, reason: String?, files: [String], isHeld: Bool
    ) -> Purchase.Entry {
        let isWhole = files.contains { !$0.hasSuffix(".part") }
        let state: Purchase.Entry.State =
            if isFailed { .failed } else if isWhole { .done } else if isHeld { .underWay } else { .unknown }
        return Purchase.Entry(
            purchase: purchase, state: state, reason: reason, files: files,
            byteCount: files.reduce(0) { $0 + Self.size($1) })
    }

    private func orphan(_ stem: String, _ files: [String]) -> Purchase.Entry? {
        guard let first = files.first else { return nil }
        let purchase = Purchase(
            key: String(stem.dropFirst("gesso-".count)), time: changed(String(first.dropFirst(directory.count + 1))),
            operation: "unknown", host: "", digest: "")
        return entry(EntryFile.Contents(purchase: purchase), files, isHeld: false)
    }

    /// The path, without extension, of the next response of an entry, since an earlier attempt may have left files.
    func nextResponse(stem: String) -> String {
        let endings = ["part", "json", "sse", "bin"]
        for number in 1...1_000 {
            let path = "\(directory)/\(stem)" + (number == 1 ? "" : ".\(number)")
            if endings.allSatisfy({ access("\(path).\($0)", F_OK) != 0 }) { return path }
        }
        return "\(directory)/\(stem).next"
    }

    /// The files of a response, whole ones last.
    func responseFiles(stem: String) -> [String] {
        allFiles(stem: stem).filter(Self.isResponse)
    }

    /// The files of a purchase's response, whole ones last.
    package func responseFiles(of key: String) -> [String] {
        responseFiles(stem: Purchase.DirectoryJournal.stem(of: key))
    }

    /// The files of each purchase's response, whole ones last; reads the folder once.
    package func responseFiles(of keys: [String]) -> [[String]] {
        let names = (try? namesByStem()) ?? [:]
        return keys.map { key in
            paths(names[Purchase.DirectoryJournal.stem(of: key)] ?? []).filter(Self.isResponse)
        }
    }

    /// The keys of the purchases that have files here, of those whose keys are safe names; none if the folder cannot be read.
    package func keys() -> Set<String> {
        Set(((try? namesByStem()) ?? [:]).keys.map { String($0.dropFirst("gesso-".count)) })
    }

    /// Removes the files of a response.
    package func removeResponse(of key: String) {
        for file in allFiles(stem: Purchase.DirectoryJournal.stem(of: key)) { unlink(file) }
    }

    /// The files of a response, including empty ones.
    func allFiles(stem: String) -> [String] {
        paths(((try? names()) ?? []).filter { $0.hasPrefix("\(stem).") })
    }

    /// A file is made before its request is sent, so an empty one is no response.
    private static func isResponse(_ path: String) -> Bool { !path.hasSuffix(".part") || size(path) > 0 }

    /// Creates the file of the next response, which stays empty until one arrives.
    func createResponse(stem: String) throws(ImagesAPIError) -> SpoolFile {
        let file = AtomicFileWriter(named: nextResponse(stem: stem))
        guard file.isSound else {
            throw Purchase.DirectoryJournal.refused(
                directory, "cannot create the file for the response (\(String(cString: strerror(file.errorNumber))))",
                facts: ["errno": "\(file.errorNumber)"])
        }
        return SpoolFile(file)
    }

    private func paths(_ names: [String]) -> [String] {
        let responses = names.filter { !$0.hasSuffix(".entry") }.sorted()
        return (responses.filter { $0.hasSuffix(".part") } + responses.filter { !$0.hasSuffix(".part") })
            .map { "\(directory)/\($0)" }
    }

    /// Syncs the names of new files.
    func sync() throws(ImagesAPIError) {
        let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw Purchase.DirectoryJournal.refused(directory, String(cString: strerror(errno))) }
        defer { close(folder) }
        guard fsync(folder) == 0 else {
            throw Purchase.DirectoryJournal.refused(directory, String(cString: strerror(errno)))
        }
    }

    private func namesByStem() throws(ImagesAPIError) -> [String: [String]] {
        Dictionary(grouping: try names().filter { $0.hasPrefix("gesso-") }) { String($0.prefix { $0 != "." }) }
    }

    private func names() throws(ImagesAPIError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory)
        } catch {
            throw ImagesAPIError(
                .spoolNotWritable, "The spool \(directory) cannot be read; check that it exists and is readable.",
                facts: ["path": directory])
        }
    }

    private func changed(_ name: String) -> Date {
        var status = stat()
        guard lstat("\(directory)/\(name)", &status) == 0 else { return Date(timeIntervalSince1970: 0) }
        #if canImport(Darwin)
        return Date(timeIntervalSince1970: Double(status.st_mtimespec.tv_sec))
        #else
        return Date(timeIntervalSince1970: Double(status.st_mtim.tv_sec))
        #endif
    }

    private static func size(_ path: String) -> Int {
        var status = stat()
        return lstat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Free bytes of the file system for unprivileged processes; nil if not known.
    func freeBytes() -> Int? {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return nil }
        let (bytes, overflow) = Int(clamping: status.f_bavail).multipliedReportingOverflow(
            by: Int(clamping: status.f_frsize))
        return overflow ? .max : bytes
    }
}
