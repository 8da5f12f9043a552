/// Whether the response is streamed, and with how many partial images.
struct PartialImageOptions: Sendable {
    var isStreamed = false
    /// 0 to 3.
    var partials = 0

    init() {}

    init(from parameters: inout Parameters, format: String) throws(APIErrorResponse) {
        isStreamed = try parameters.takeFlag("stream") ?? false
        let partials = try parameters.takeInteger("partial_images", in: 0...3)
        if isStreamed || partials != nil, format == "gif" || format == "svg" {
            throw .unsupported(
                isStreamed ? "stream" : "partial_images",
                "Streaming is not supported when output_format is '\(format)'.")
        }
        guard isStreamed || (partials ?? 0) == 0 else {
            throw .unsupported("partial_images", "'partial_images' is only supported when 'stream' is true.")
        }
        self.partials = partials ?? 0
    }
}
