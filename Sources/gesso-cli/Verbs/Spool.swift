import ArgumentParser
import Foundation
import Gesso

struct Spool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists, finishes and removes purchases that were interrupted.",
        discussion: """
            Every paid request is recorded in the spool before it is sent, and its response stored there until the outputs are \
            written. After a crash this lists complete and partial responses, and requests that \
            may have been billed although no response did.
            """,
        subcommands: [SpoolList.self, SpoolFinish.self, SpoolPrune.self, SpoolResolve.self],
        defaultSubcommand: SpoolList.self)
}

/// The directory that a spool command works on.
struct SpoolDirectory: ParsableArguments {
    @Option(
        name: .customLong("spool"),
        help: ArgumentHelp("The spool (default: $XDG_STATE_HOME/gesso or ~/.local/state/gesso).", valueName: "DIR"))
    var path: String?

    /// The journal; creates the default spool if it does not exist.
    func journal() throws -> Purchase.DirectoryJournal {
        let directory = path ?? SpoolOptions.standard
        if path == nil {
            try? FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        return Purchase.DirectoryJournal(directory)
    }
}

struct SpoolList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists purchases, oldest first, and those that may have been billed.")

    @OptionGroup var directory: SpoolDirectory
    @OptionGroup var report: ReportOptions

    func run() async throws {
        try await report.run {
            let journal = try directory.journal()
            return SpoolReport(spool: journal.directory, entries: try await journal.list())
        }
    }
}

struct SpoolPrune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Removes purchases and their responses, oldest first.",
        discussion: "Purchases under way are kept. Choose the others with --older-than, --keep or both.")

    @OptionGroup var directory: SpoolDirectory
    @Option(help: ArgumentHelp("Remove purchases older than this many days.", valueName: "DAYS")) var olderThan: Double?
    @Option(help: ArgumentHelp("Keep only this many of the newest.", valueName: "N")) var keep: Int?
    @Option(
        name: .customLong("state"),
        help: ArgumentHelp(
            "Remove only purchases in this state: done, failed or unknown; repeatable.", valueName: "STATE"),
        transform: SpoolPrune.state)
    var states: [Purchase.Entry.State] = []
    @OptionGroup var report: ReportOptions

    private static func state(_ name: String) throws -> Purchase.Entry.State {
        guard let state = Purchase.Entry.State(rawValue: name), state != .underWay else {
            throw ValidationError("--state takes done, failed or unknown.")
        }
        return state
    }

    func validate() throws {
        if olderThan == nil && keep == nil { throw ValidationError("Give --older-than DAYS or --keep N.") }
        if let olderThan, !(olderThan >= 0) { throw ValidationError("--older-than takes 0 or more days.") }
        if let keep, keep < 0 { throw ValidationError("--keep takes 0 or more.") }
    }

    func run() async throws {
        try await report.run {
            let journal = try directory.journal()
            let removed = try await journal.prune(
                olderThan: olderThan.map { $0 * 86_400 }, keeping: keep,
                states: states.isEmpty ? [.done, .failed, .unknown] : Set(states))
            return SpoolReport(spool: journal.directory, entries: removed, verb: "removed")
        }
    }
}

struct SpoolResolve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve", abstract: "Marks a purchase as not billed, so that it can be made again.",
        discussion: "For purchases in state unknown; check the server's list of requests first.")

    @Argument(help: ArgumentHelp("The purchase's key, from spool list.", valueName: "KEY")) var key: String
    @OptionGroup var directory: SpoolDirectory
    @OptionGroup var report: ReportOptions

    func run() async throws {
        try await report.run {
            let journal = try directory.journal()
            try await journal.resolve(key, as: .failed(reason: "resolved"))
            return SpoolReport(
                spool: journal.directory, entries: try await journal.list().filter { $0.purchase.key == key })
        }
    }
}

/// A list of purchases.
struct SpoolReport: Report {
    struct Entry: Encodable {
        let key: String
        let time: String
        let state: Purchase.Entry.State
        let mayHaveBeenBilled: Bool
        let operation: String
        let host: String
        let digest: String
        let label: String?
        let reason: String?
        let files: [String]
        let bytes: Int

        init(_ entry: Purchase.Entry) {
            key = entry.purchase.key
            time = entry.purchase.time.formatted(.iso8601)
            state = entry.state
            mayHaveBeenBilled = entry.mayHaveBeenBilled
            operation = entry.purchase.operation
            host = entry.purchase.host
            digest = entry.purchase.digest
            label = entry.purchase.label
            reason = entry.reason
            files = entry.files
            bytes = entry.byteCount
        }
    }

    let spool: String
    let entries: [Entry]
    /// The number of purchases that may have been billed without a complete response.
    let mayHaveBeenBilled: Int
    private let verb: String?

    enum CodingKeys: CodingKey { case spool, entries, mayHaveBeenBilled }

    init(spool: String, entries: [Purchase.Entry], verb: String? = nil) {
        self.spool = spool
        self.entries = entries.map(Entry.init)
        self.verb = verb
        mayHaveBeenBilled = entries.count { $0.mayHaveBeenBilled }
    }

    func printSummary() {
        for entry in entries {
            let columns = [
                entry.time, SpoolReport.text(entry.state), entry.key, entry.operation, entry.host,
                entry.bytes > 0 ? Amount.bytes(entry.bytes) : "", entry.label.map { "\u{201C}\($0)\u{201D}" } ?? "",
                entry.reason.map { "(\($0))" } ?? "",
            ]
            say(
                (verb.map { [$0] } ?? []).joined() + (verb == nil ? "" : " ")
                    + columns.filter { !$0.isEmpty }.joined(separator: "  "))
        }
        guard verb == nil else { return }
        if entries.isEmpty { say("no purchases in \(spool)") }
        if entries.contains(where: { !$0.files.isEmpty }) {
            say("gesso spool finish --out DIR writes the images of responses that arrived")
        }
        if mayHaveBeenBilled > 0 {
            say(
                "! \(mayHaveBeenBilled) may have been billed; compare with the server's list of requests before you send them again"
            )
        }
    }

    private static func text(_ state: Purchase.Entry.State) -> String {
        switch state {
        case .underWay: "under way"
        case .done: "response arrived"
        case .failed: "not billed"
        case .unknown: "may have been billed"
        }
    }
}
