#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension Editor {
    /// An edit as data: everything but the images, to be stored in a queue and run elsewhere with the same result.
    public struct Job: Sendable, Hashable, Codable {
        /// The text that the model follows.
        public var prompt: String
        /// What to edit; nil is the whole image.
        public var mask: MaskSource?
        /// A drawing that guides the edit, as a PNG file; sent instead of the mask.
        public var markup: Data?
        /// How the edit is prepared and finished.
        public var options: EditOptions
        /// The files to make of the finished image.
        public var renditions: [Rendition]

        /// An edit of the whole image unless there is a mask.
        public init(
            prompt: String, mask: MaskSource? = nil, markup: Data? = nil, options: EditOptions = EditOptions(),
            renditions: [Rendition] = [.fullSize()]
        ) {
            self.prompt = prompt
            self.mask = mask
            self.markup = markup
            self.options = options
            self.renditions = renditions
        }
    }
}
