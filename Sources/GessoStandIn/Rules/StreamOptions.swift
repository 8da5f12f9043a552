/// Whether the answer is to be streamed, and with how many pictures on the way.
struct StreamOptions: Sendable {
    var isStreamed: Bool
    /// 0 to 3.
    var partials: Int

    init(from parameters: inout Parameters) throws(Refusal) {
        isStreamed = try parameters.takeFlag("stream") ?? false
        let partials = try parameters.takeInteger("partial_images", in: 0...3)
        guard isStreamed || (partials ?? 0) == 0 else {
            throw .unsupported("partial_images", "'partial_images' is only supported when 'stream' is true.")
        }
        self.partials = partials ?? 0
    }
}
