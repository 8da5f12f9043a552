extension ImagesAPIError {
    /// The error object of the API: `{"error": {"message", "type", "param", "code"}}`.
    public struct ErrorObject: Sendable, Hashable {
        /// The server's sentence.
        public var message: String
        /// The family, such as `invalid_request_error` or `image_generation_user_error`.
        public var type: String?
        /// The parameter at fault, such as `image[0]`.
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

        /// What the content filter objected to, such as `violence` or `self-harm`, from an open list.
        public var moderationCategories: [String] {
            (extra["moderation_details"]?["categories"]?.arrayValue ?? []).compactMap(\.stringValue)
        }
    }
}

extension ImagesAPIError.ErrorObject {
    /// The error object of a response, in the forms that servers and gateways send.
    init?(response: JSONValue) {
        switch response["error"] {
        case .some(.object(let members)): self.init(members: members)
        case .some(.string(let text)): self.init(message: text)
        default:
            guard let members = response.objectValue else { return nil }
            if members["message"] != nil || members["code"] != nil {
                self.init(members: members)
            } else if let detail = members["detail"]?.stringValue {
                self.init(message: detail)
            } else {
                return nil
            }
        }
    }

    init(members: [String: JSONValue]) {
        func text(_ name: String) -> String? {
            switch members[name] {
            case .some(.string(let text)): text
            case .some(.integer(let number)): String(number)
            case .some(.number(let number)): String(number)
            default: nil
            }
        }
        self.init(
            message: text("message") ?? "no explanation", type: text("type"), param: text("param"), code: text("code"),
            extra: members.filter { !["message", "type", "param", "code"].contains($0.key) })
    }
}
