extension ImagesAPIError {
    /// The error object of the API: `{"error": {"message", "type", "param", "code"}}`.
    public struct ErrorObject: Sendable, Hashable {
        /// The server's sentence.
        public var message: String
        /// The family, such as `invalid_request_error` or `image_generation_user_error`.
        public var type: String?
        /// The parameter that is wrong, such as `image[0]`.
        public var param: String?
        /// The stable code, such as `moderation_blocked`; numbers are kept as text.
        public var code: String?
        /// The other members of the object, such as `moderation_details`.
        public var extra: [String: JSONValue]

        /// An error object; servers send it, tests make it.
        public init(
            message: String, type: String? = nil, param: String? = nil, code: String? = nil,
            extra: [String: JSONValue] = [:]
        ) {
            self.message = message
            self.type = type
            self.param = param
            self.code = code
            self.extra = extra
        }

        /// Where the content filter stopped the request: `input`, the prompt or an uploaded image, or `output`, the generated
        /// image; nil if the server does not say.
        public var moderationStage: String? { extra["moderation_details"]?["moderation_stage"]?.stringValue }

        /// What the content filter objected to, such as `violence` or `self-harm`, from an open list; for Azure the filters
        /// that took effect.
        public var moderationCategories: [String] {
            if let named = extra["moderation_details"]?["categories"]?.arrayValue {
                return named.compactMap(\.stringValue)
            }
            let inner = extra["inner_error"] ?? extra["innererror"]
            let filters = inner?["content_filter_results"] ?? inner?["content_filter_result"]
            return (filters?.objectValue ?? [:]).filter { $0.value["filtered"]?.boolValue == true }.keys.sorted()
        }
    }
}
