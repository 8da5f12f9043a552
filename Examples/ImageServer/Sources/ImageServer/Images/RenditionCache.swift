import Foundation
import Gesso

/// Makes renditions when they are first asked for, once, however many ask at the same time.
actor RenditionCache {
    private let store: ImageStore
    private var inProgress: [URL: Task<Void, any Error>] = [:]

    init(_ store: ImageStore) { self.store = store }

    /// The file of a rendition in that format.
    func file(_ name: RenditionName, as format: ImageFormat, of id: ImageID) async throws -> URL {
        let source = store.file(of: id)
        let encoding = name.encoding(format)
        return try await file("\(name.named(format))", of: id) { file in
            try await name.applied(to: Image(contentsOf: source)).write(to: file, as: encoding, overwrites: true)
        }
    }

    /// The file of that name beside the image's renditions, which `make` writes if it is not there.
    func file(
        _ name: String, of id: ImageID, make: @escaping @Sendable (URL) async throws -> Void
    ) async throws -> URL {
        let folder = store.renditions(of: id)
        let file = folder.appending(path: name)
        if FileManager.default.fileExists(atPath: file.path) { return file }
        if let task = inProgress[file] {
            try await task.value
            return file
        }
        let task = Task {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try await make(file)
        }
        inProgress[file] = task
        // Only here: whoever waited for a task that failed must not remove the next one.
        defer { inProgress[file] = nil }
        try await task.value
        return file
    }
}
