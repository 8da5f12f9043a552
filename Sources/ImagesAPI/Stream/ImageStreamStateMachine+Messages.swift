extension ImageStreamStateMachine {
    enum Kind {
        case partial, completed
    }

    static func kind(_ type: String) -> Kind? {
        switch type {
        case "image_generation.partial_image", "image_edit.partial_image": .partial
        case "image_generation.completed", "image_edit.completed": .completed
        default: nil
        }
    }

    static func isTruthy(_ value: JSONValue) -> Bool {
        switch value {
        case .null: false
        case .bool(let flag): flag
        case .integer(let number): number != 0
        case .number(let number): number != 0
        case .string(let text): !text.isEmpty
        case .array(let elements): !elements.isEmpty
        case .object(let members): !members.isEmpty
        }
    }

    /// The error an event carries: an object, or whatever else a server puts there.
    static func error(_ payload: JSONValue) -> ImagesAPIError {
        let api: ImagesAPIError.ErrorObject
        switch payload {
        case .object(let members): api = ImagesAPIError.ErrorObject(members: members)
        case .string(let text): api = ImagesAPIError.ErrorObject(message: text)
        case .integer(let number): api = ImagesAPIError.ErrorObject(message: "no explanation", code: String(number))
        default: api = ImagesAPIError.ErrorObject(message: "no explanation")
        }
        let code = HTTPErrors.code(status: 200, api: api)
        return ImagesAPIError(
            code == .httpError ? .serverError : code,
            "The server ended the stream with an error: \(SanitizedText.sanitized(api.message)).", apiError: api)
    }
}
