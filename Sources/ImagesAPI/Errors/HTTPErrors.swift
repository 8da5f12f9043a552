#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Turns an HTTP answer that is not the image asked for into an error.
enum HTTPErrors {
    private static let quotaCodes: Set<String> = [
        "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "organization_spend_limit_exceeded",
        "organization_usage_limit_exceeded", "project_spend_limit_exceeded",
    ]
    private static let moderationCodes: Set<String> = [
        "moderation_blocked", "content_policy_violation", "image_content_policy_violation",
    ]

    private static let userError = "image_generation_user_error"

    /// The error that an answer without an image is, whatever became of the rest of its body; nil when the caller ended
    /// the transfer, or when the rest might have said more.
    static func error(_ head: ResponseHead, body: ErrorBodyReader, after ending: TransferEnding) -> ImagesAPIError? {
        switch ending.outcome {
        case .complete, .stopped: error(head, body: body)
        case .cancelled, .shutDown: nil
        default: head.isSuccess ? nil : error(head, body: body)
        }
    }

    private static func error(_ head: ResponseHead, body: ErrorBodyReader) -> ImagesAPIError {
        if head.isSuccess { return notJSON(head, body: body) }
        let api = body.json.flatMap(ImagesAPIError.ErrorObject.init(response:))
        let code = code(status: head.status, api: api)
        var error = ImagesAPIError(
            code, "\(title(code, status: head.status)): \(words(api, body: body)). \(remedy(code))",
            status: head.status,
            requestID: head["x-request-id"], apiError: api)
        error.mayHaveBeenBilled = head.status == 504 || (520...529).contains(head.status)
        error.isRetryable = !error.mayHaveBeenBilled && isRetryable(head, code: code, api: api)
        error.retryAfter = RetryAfter.delay(head, now: Date().timeIntervalSince1970)
        return error
    }

    /// 200 but HTML, plain text or the like.
    private static func notJSON(_ head: ResponseHead, body: ErrorBodyReader) -> ImagesAPIError {
        if body.kept.isEmpty { return ResponseRules.empty(head) }
        let type = ResponseRules.mediaType(head) ?? "unknown"
        return ImagesAPIError(
            .unexpectedContent,
            "The server answered with \(SanitizedText.sanitized(type, limit: 64)) where JSON was expected; check the base URL and the proxy in between.",
            status: head.status, requestID: head["x-request-id"])
    }

    static func code(status: Int, api: ImagesAPIError.ErrorObject?) -> ImagesAPIError.Code {
        if let code = api?.code ?? api?.type {
            if moderationCodes.contains(code) { return .moderationBlocked }
            if quotaCodes.contains(code) || api?.type == "insufficient_quota" { return .quotaExceeded }
        }
        return switch status {
        case 400, 413, 415, 422: .badRequest
        case 401: .authenticationFailed
        case 403: .permissionDenied
        case 404: .notFound
        case 429: .rateLimited
        case 500...599: .serverError
        default: .httpError
        }
    }

    private static func isRetryable(_ head: ResponseHead, code: ImagesAPIError.Code, api: ImagesAPIError.ErrorObject?)
        -> Bool
    {
        if code == .quotaExceeded || code == .moderationBlocked { return false }
        // The fault is in the request, whatever the status says.
        if api?.type == userError || api?.code == userError { return false }
        if let wish = head["x-should-retry"] {
            if wish.caseInsensitivelyEquals("true") { return true }
            if wish.caseInsensitivelyEquals("false") { return false }
        }
        return [408, 409, 429, 500, 502, 503].contains(head.status)
    }

    private static func words(_ api: ImagesAPIError.ErrorObject?, body: ErrorBodyReader) -> String {
        let text = api?.message ?? (body.text.isEmpty ? "no explanation" : body.text)
        var shown = SanitizedText.sanitized(text, limit: 1_024)
        while shown.last == "." { shown.removeLast() }
        return shown
    }

    private static func title(_ code: ImagesAPIError.Code, status: Int) -> String {
        switch code {
        case .authenticationFailed: "The server did not accept the key"
        case .permissionDenied: "The server does not permit this"
        case .notFound: "The server does not know this model or path"
        case .moderationBlocked: "The content filter refused the request"
        case .rateLimited: "Too many requests"
        case .quotaExceeded: "The account's quota or spending limit is used up"
        case .badRequest: "The server refused the request"
        case .serverError: "The server failed"
        default: "The server answered with status \(status)"
        }
    }

    private static func remedy(_ code: ImagesAPIError.Code) -> String {
        switch code {
        case .authenticationFailed:
            "Check OPENAI_API_KEY (for Azure AZURE_OPENAI_API_KEY or AZURE_OPENAI_AD_TOKEN) or the configuration's apiKey."
        case .permissionDenied: "Check the model's access and the organization's verification."
        case .notFound: "Check the model's name and the base URL."
        case .moderationBlocked: "Change the prompt or the image; the same request will be refused again."
        case .rateLimited: "Wait and send fewer at once."
        case .quotaExceeded: "Waiting does not help; check the account's billing."
        case .badRequest: "Correct the request; the same one will be refused again."
        case .serverError: "Try again later."
        default: ""
        }
    }
}

extension ImagesAPIError.ErrorObject {
    /// The error object in whatever wrapping servers and gateways give it.
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
