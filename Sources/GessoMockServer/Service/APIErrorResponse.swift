#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// An error response of the Images API: a status, and `{"error":{"message","type","param","code"}}`.
struct APIErrorResponse: Error {
    var status: Int
    var message: String
    var type = "invalid_request_error"
    var param: String?
    var code: String?
    var headers: [(name: String, value: String)] = []

    init(
        _ status: Int, _ message: String, type: String = "invalid_request_error", param: String? = nil,
        code: String? = nil
    ) {
        self.status = status
        self.message = message
        self.type = type
        self.param = param
        self.code = code
    }

    var json: RequestValue {
        .object([
            "error": .object([
                "message": .string(message), "type": .string(type), "param": param.map(RequestValue.string) ?? .null,
                "code": code.map(RequestValue.string) ?? .null,
            ])
        ])
    }

    func httpResponse() -> HTTPResponse {
        HTTPResponse(
            status: status, headers: [("content-type", "application/json")] + headers, body: .data(json.serialized()))
    }
}

// The messages of the real API, as clients quote them in bug reports.
extension APIErrorResponse {
    static let missingKey = APIErrorResponse(
        401,
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth "
            + "(i.e. Authorization: Bearer YOUR_KEY).")

    static let wrongKey = APIErrorResponse(401, "Incorrect API key provided.", code: "invalid_api_key")

    static func unknownURL(_ method: String, _ path: String) -> APIErrorResponse {
        APIErrorResponse(404, "Invalid URL (\(method) \(path))")
    }

    static func wrongMethod(_ method: String, _ path: String) -> APIErrorResponse {
        APIErrorResponse(405, "Not allowed to \(method) on \(path).", code: "method_not_supported")
    }

    static func missing(_ name: String) -> APIErrorResponse {
        APIErrorResponse(400, "Missing required parameter: '\(name)'.", param: name, code: "missing_required_parameter")
    }

    static func unknown(_ name: String) -> APIErrorResponse {
        APIErrorResponse(400, "Unknown parameter: '\(name)'.", param: name, code: "unknown_parameter")
    }

    static func duplicate(_ name: String) -> APIErrorResponse {
        APIErrorResponse(
            400,
            "Duplicate parameter: '\(name)'. You provided multiple values for this parameter, whereas only one is "
                + "allowed. If you are trying to provide a list of values, use the array syntax instead e.g. "
                + "'\(name)[]=<value>'.", param: name, code: "duplicate_parameter")
    }

    static func wrongType(_ name: String, expected: String, found: String) -> APIErrorResponse {
        APIErrorResponse(
            400, "Invalid type for '\(name)': expected \(expected), but got \(found) instead.", param: name,
            code: "invalid_type")
    }

    static func invalidValue(_ name: String, _ value: String, supported: [String]) -> APIErrorResponse {
        let quoted = supported.map { "'\($0)'" }
        let list =
            quoted.count < 2
            ? quoted.joined() : quoted.dropLast().joined(separator: ", ") + ", and " + quoted[quoted.count - 1]
        return APIErrorResponse(
            400, "Invalid value: '\(value.prefix(200))'. Supported values are: \(list).", param: name,
            code: "invalid_value")
    }

    static func belowMinimum(_ name: String, _ value: Int, minimum: Int) -> APIErrorResponse {
        APIErrorResponse(
            400,
            "Invalid '\(name)': integer below minimum value. Expected a value >= \(minimum), but got \(value) instead.",
            param: name, code: "integer_below_min_value")
    }

    static func aboveMaximum(_ name: String, _ value: Int, maximum: Int) -> APIErrorResponse {
        APIErrorResponse(
            400,
            "Invalid '\(name)': integer above maximum value. Expected a value <= \(maximum), but got \(value) instead.",
            param: name, code: "integer_above_max_value")
    }

    static func unsupported(_ name: String, _ message: String) -> APIErrorResponse {
        APIErrorResponse(400, message, param: name, code: "invalid_value")
    }

    static func invalidImage(_ message: String, param: String, code: String = "invalid_image_file") -> APIErrorResponse
    {
        APIErrorResponse(400, message, type: "image_generation_user_error", param: param, code: code)
    }

    static func unknownModel(_ model: String) -> APIErrorResponse {
        APIErrorResponse(
            404, "The model '\(model.prefix(200))' does not exist or you do not have access to it.", param: "model",
            code: "model_not_found")
    }
}
