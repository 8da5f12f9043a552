/// An edit as data: everything but the pictures, to be stored in a queue and run elsewhere with the same result.
public struct EditJob: Sendable, Hashable, Codable {
    public var prompt: String
    /// What to edit; nil is the whole picture.
    public var mask: Selection?
    public var options: EditOptions
    public var renditions: [Rendition]

    public init(
        prompt: String, mask: Selection? = nil, options: EditOptions = EditOptions(),
        renditions: [Rendition] = [.original]
    ) {
        self.prompt = prompt
        self.mask = mask
        self.options = options
        self.renditions = renditions
    }
}
