#if SQLite
import Foundation
import GessoStorage
import ImagesAPI
import StorageDouble
import Testing

@testable import GessoJobs

/// A journal in a folder of its own, opened anew for each call as another process would.
struct JournalFixture: Sendable {
    enum Backend: CaseIterable { case directory, sqlite, objectStorage }

    let backend: Backend
    let folder: URL
    let double = StorageDouble()

    func open() throws -> any Purchase.Journal {
        switch backend {
        case .directory: Purchase.DirectoryJournal(folder.path)
        case .sqlite:
            try Purchase.SQLiteJournal(folder.appending(path: "purchases.sqlite").path, spoolDirectory: folder.path)
        case .objectStorage:
            Purchase.ObjectStorageJournal(double.storage(), spoolDirectory: folder.path) { [double] in double.keys($0) }
        }
    }

    func discard(_ key: String) async throws {
        switch try open() {
        case let journal as Purchase.DirectoryJournal: try await journal.discard(key)
        case let journal as Purchase.SQLiteJournal: try await journal.discard(key)
        case let journal as Purchase.ObjectStorageJournal: try await journal.discard(key)
        default: Issue.record("no other backends")
        }
    }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: folder.appending(path: name))
    }

    static func with(_ backend: Backend, _ body: (JournalFixture) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gesso-journal-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(JournalFixture(backend: backend, folder: folder))
    }

    static func purchase(_ key: String, digest: String = "d", label: String? = nil, time: Date = Date()) -> Purchase {
        Purchase(key: key, time: time, operation: "images.edits", host: "127.0.0.1:1", digest: digest, label: label)
    }
}
#endif
