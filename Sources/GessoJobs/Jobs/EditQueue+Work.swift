#if SQLite
public import Gesso
public import ImagesAPI

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension EditQueue {
    /// What a job does, with everything it needs.
    public enum Work: Sendable {
        /// An edit of `photo`, a file as `Editor` takes it.
        case edit(Editor.Job, photo: Data, references: [Data] = [])
        /// A generation; the renditions are made of each image, `Rendition.original` is the file as it came.
        case generation(GenerationRequest, renditions: [Rendition] = [.original])

        var kind: Job.Kind {
            switch self {
            case .edit: .edit
            case .generation: .generation
            }
        }
    }
}

/// Work as it is stored: everything but the files, and their names.
struct StoredWork: Codable {
    var edit: Editor.Job?
    var generation: GenerationRequest?
    var renditions: [Rendition] = []
    var photo: String?
    var references: [String] = []
    /// The edit's markup, which is a file too.
    var markup: String?
}
#endif
