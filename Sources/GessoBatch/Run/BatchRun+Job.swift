public import Gesso

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension BatchRun {
    /// One job of a run: a generation, or an edit of one image.
    public struct Job: Sendable, Hashable, Codable {
        /// Where an image is.
        public enum Source: Sendable, Hashable, Codable {
            /// A file of this machine, which is prepared as `Editor` does, uploaded, and finished.
            case file(String)
            /// An `https` URL, which the server fetches; results are kept as they come.
            case url(String)
            /// The id of an uploaded file; results are kept as they come.
            case fileID(String)
        }

        /// What to do.
        public enum Work: Sendable, Hashable, Codable {
            /// Images from a prompt.
            case generation(GenerationRequest)
            /// An edit of an image.
            case edit(Edit)
        }

        /// An edit of an image.
        public struct Edit: Sendable, Hashable, Codable {
            /// Prompt, mask, options and renditions, as for `Editor`.
            public var job: Editor.Job
            /// The image to edit.
            public var image: Source
            /// Further images that the model may look at, of the same kind as ``image``: all files, or none.
            public var references: [Source]
            /// The mask of an image that is no file.
            public var maskSource: Source?
            /// The size to ask for, for an image that is no file; nil leaves it to the server.
            public var size: ImageSize?

            /// An edit.
            public init(
                _ job: Editor.Job, of image: Source, references: [Source] = [], maskSource: Source? = nil,
                size: ImageSize? = nil
            ) {
                (self.job, self.image, self.references) = (job, image, references)
                (self.maskSource, self.size) = (maskSource, size)
            }

            /// Whether the image is here, so that it is prepared and finished here.
            var isLocal: Bool { if case .file = image { true } else { false } }
        }

        /// A name of its own: 1 to 256 bytes. Outputs are named after it.
        public var id: String
        /// What to do.
        public var work: Work
        /// Thumbnails of the images of a generation; those of an edit are renditions of its job.
        public var thumbnails: [Rendition]
        /// What thumbnails keep of an image's metadata.
        public var metadata: ImageMetadata.Policy

        /// A generation.
        public init(
            id: String, _ request: GenerationRequest, thumbnails: [Rendition] = [],
            metadata: ImageMetadata.Policy = .stripAll
        ) {
            (self.id, work) = (id, .generation(request))
            (self.thumbnails, self.metadata) = (thumbnails, metadata)
        }

        /// An edit.
        public init(id: String, _ edit: Edit) {
            (self.id, work) = (id, .edit(edit))
            (thumbnails, metadata) = ([], edit.job.options.metadata)
        }

        /// The model that does it.
        public var model: Model {
            switch work {
            case .generation(let request): request.model
            case .edit(let edit): edit.job.options.model
            }
        }

        var endpoint: String {
            switch work {
            case .generation: "/v1/images/generations"
            case .edit: "/v1/images/edits"
            }
        }

        /// The same with absolute paths, for a process that has another working directory.
        var withAbsolutePaths: Job {
            guard case .edit(var edit) = work else { return self }
            func absolute(_ source: Source) -> Source {
                guard case .file(let path) = source, !path.hasPrefix("/") else { return source }
                return .file(URL(filePath: path).standardizedFileURL.path)
            }
            var job = self
            edit.image = absolute(edit.image)
            edit.references = edit.references.map(absolute)
            job.work = .edit(edit)
            return job
        }
    }
}

extension BatchRun.Job.Source {
    /// The reference that is sent; nil for a file, which is uploaded first.
    var reference: EditRequest.Reference? {
        switch self {
        case .file: nil
        case .url(let url): .url(url)
        case .fileID(let id): .fileID(id)
        }
    }
}
