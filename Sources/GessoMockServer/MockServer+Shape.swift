extension MockServer {
    /// A form in which servers have been seen to respond, whatever was asked for: other encodings, documents, streams and
    /// errors than those of OpenAI.
    ///
    /// The names say what is different: `datauri-b64`, `http-url`, `top-array`, `sse-vllm`, `error-fastapi-list`; see
    /// ``all``. Requests are checked as usual before.
    public struct Shape: RawRepresentable, Sendable, Codable, Hashable {
        /// The name.
        public let rawValue: String

        /// The shape of that name; nil if there is none.
        public init?(rawValue: String) {
            guard ResponseShapes.names.contains(rawValue) else { return nil }
            self.rawValue = rawValue
        }

        /// All shapes.
        public static var all: [Shape] { ResponseShapes.names.compactMap(Shape.init) }
    }
}
