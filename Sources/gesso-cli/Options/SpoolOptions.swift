import ArgumentParser
import Foundation
import Gesso

/// The directory where purchases and responses are stored until their outputs are written.
struct SpoolOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Store purchases and responses in this directory until the outputs are written "
                + "(default: $XDG_STATE_HOME/gesso or ~/.local/state/gesso; with --mock none).", valueName: "DIR"))
    var spool: String?

    @Flag(help: "Store nothing while the request runs: a crash may then lose a paid response.")
    var noSpool = false

    @Flag(help: "Keep the responses in the spool after the outputs are written.")
    var keepSpooled = false

    @Flag(help: "Send the request even if the spool cannot be written.")
    var allowUnspooled = false

    func validate() throws {
        if noSpool && (spool != nil || keepSpooled) {
            throw ValidationError("--no-spool excludes --spool and --keep-spooled.")
        }
    }

    /// The directory, created if it does not exist; nil if nothing is to be stored.
    ///
    /// - Parameter isPaid: Whether the requests cost money.
    func directory(isPaid: Bool) throws -> String? {
        guard !noSpool, isPaid || spool != nil else { return nil }
        let directory = spool ?? SpoolOptions.standard
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            guard allowUnspooled else {
                throw GessoError(
                    .fileNotWritable, stage: "spool",
                    "The spool \(directory) cannot be created, and nothing was sent; choose another with --spool DIR, or give "
                        + "--allow-unspooled or --no-spool.", facts: ["path": directory])
            }
        }
        return directory
    }

    /// `$XDG_STATE_HOME/gesso`, or `~/.local/state/gesso`; relative paths are ignored, as the XDG specification requires.
    static var standard: String {
        if let state = ProcessInfo.processInfo.environment["XDG_STATE_HOME"], state.hasPrefix("/") {
            return "\(state)/gesso"
        }
        return FileManager.default.homeDirectoryForCurrentUser.appending(path: ".local/state/gesso").path
    }

    /// Removes responses from the spool after their outputs are written.
    func discard(_ responses: [ImagesResponse]) async {
        guard !keepSpooled else { return }
        for response in responses {
            guard let key = response.purchaseKey, let file = response.spooledFile else { continue }
            let journal = Purchase.DirectoryJournal(URL(filePath: file).deletingLastPathComponent().path)
            // If an entry cannot be removed, `gesso spool` still lists it; it only takes space.
            try? await journal.discard(key)
        }
    }

    /// Removes entries of requests that were not billed, and prints a notice about those that may have been.
    static func tidy(_ directory: String) async {
        let journal = Purchase.DirectoryJournal(directory)
        guard let removed = try? await journal.prune(keeping: 0, states: [.failed]) else { return }
        _ = removed
        guard let open = try? await journal.list().filter({ $0.state == .unknown }), !open.isEmpty else { return }
        let text =
            "gesso: \(open.count) earlier \(open.count == 1 ? "purchase" : "purchases") may have been billed without a "
            + "response; see gesso spool list --spool \(directory)"
        sayError(text)
    }
}
