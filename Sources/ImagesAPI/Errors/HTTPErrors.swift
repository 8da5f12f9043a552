#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Errors for HTTP responses that do not hold the requested images.
enum HTTPErrors {
    private static let userError = "image_generation_user_error"

    /// The error for a response with the status of one, even if its body is truncated; nil when the caller ended the
    /// transfer.
    static func error(_ head: ResponseHead, body: ErrorBodyReader, after ending: TransferEnding) -> ImagesAPIError? {
        switch ending.outcome {
        case .cancelled, .shutDown: nil
        default: head.isSuccess ? ResponseRules.unreadable(head) : error(head, body: body)
        }
    }

    private static func error(_ head: ResponseHead, body: ErrorBodyReader) -> ImagesAPIError {
        let value = body.json
        let api = value.flatMap { ImagesAPIError.ErrorObject(response: $0) }
        // A body of another form may say the same in its text.
        let code = code(
            status: head.status, api: api ?? ImagesAPIError.ErrorObject(message: body.text), head: head)
        var error = ImagesAPIError(
            code, "\(title(code, status: head.status)): \(explanation(api, body: body)). \(remedy(code))",
            status: head.status,
            requestID: head.requestID ?? value?.requestID, apiError: api)
        error.mayHaveBeenBilled = head.status == 504 || (520...529).contains(head.status)
        error.isRetryable = !error.mayHaveBeenBilled && isRetryable(head, code: code, api: api)
        error.retryAfter = RetryAfter.delay(head, now: Date().timeIntervalSince1970)
        return error
    }

    /// The code for an error in a successful response.
    static func code(inSuccess api: ImagesAPIError.ErrorObject) -> ImagesAPIError.Code {
        let code = code(status: 200, api: api)
        return code == .httpError ? .serverError : code
    }

    static func code(
        status: Int, api: ImagesAPIError.ErrorObject?, head: ResponseHead? = nil
    ) -> ImagesAPIError.Code {
        if let api, ErrorKinds.isModeration(api) { return .moderationBlocked }
        if ErrorKinds.isQuota(api, status: status, head: head) { return .quotaExceeded }
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
        // The request itself is wrong, whatever the status.
        if api?.type == userError || api?.code == userError { return false }
        if let value = head["x-should-retry"] {
            if value.caseInsensitivelyEquals("true") { return true }
            if value.caseInsensitivelyEquals("false") { return false }
        }
        return [408, 409, 429, 500, 502, 503].contains(head.status)
    }

    private static func explanation(_ api: ImagesAPIError.ErrorObject?, body: ErrorBodyReader) -> String {
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
        default: "The server responded with status \(status)"
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
        case .serverError: "Retry later."
        default: ""
        }
    }
}

/// Reads the body of an error response up to a limit, and keeps its beginning.
struct ErrorBodyReader {
    private let readLimit: Int
    private let keepLimit: Int
    private let scrubber: SecretScrubber
    private var read = 0
    private(set) var kept: [UInt8] = []

    init(limits: ImagesClient.ResponseLimits, scrubber: SecretScrubber) {
        self.scrubber = scrubber
        readLimit = limits.errorBodyBytes
        keepLimit = limits.errorBodyBytesKept
    }

    /// Returns false when no more bytes are needed.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        read += bytes.count
        kept.append(contentsOf: bytes.prefix(keepLimit - kept.count))
        return read < readLimit
    }

    /// The text without secrets, removed before it is shortened: part of a secret could not be recognized.
    var text: String { scrubber.scrub(String(decoding: kept, as: UTF8.self)) }

    /// The body as JSON, or nil when it is not JSON.
    var json: JSONValue? {
        var limits = ScanLimits()
        limits.scrubber = scrubber
        var scanner = JSONScanner(limits: limits)
        return kept.withUnsafeBytes { bytes in
            do throws(ScanFailure) {
                try scanner.scan(bytes)
                return try scanner.finish().value
            } catch {
                return nil
            }
        }
    }
}
