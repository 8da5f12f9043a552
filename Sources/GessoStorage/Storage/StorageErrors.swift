public import ImagesAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ImagesAPIError.Code {
    /// A presigned URL whose time is over.
    public static let presignedURLExpired = Self(rawValue: "presignedURLExpired")
    /// A presigned URL whose signature does not fit the request.
    public static let signatureRefused = Self(rawValue: "signatureRefused")
}

/// Errors for responses of a storage that are no success.
enum StorageErrors {
    static func error(_ response: ObjectResponse) -> ImagesAPIError {
        let host = host(of: response.url)
        let body = String(decoding: response.body.prefix(65_536), as: UTF8.self)
        let storageCode = element("Code", in: body).map { SanitizedText.sanitized($0, limit: 64) }
        let explanation = element("Message", in: body)
        let (code, sentence) = describe(
            response, host: host, code: storageCode ?? "", explanation: (explanation ?? body).lowercased())
        let reason = [storageCode, explanation.map { SanitizedText.sanitized($0, limit: 256) }].compactMap { $0 }
        var error = ImagesAPIError(
            code, sentence + (reason.isEmpty ? "" : " It says: \(reason.joined(separator: ": "))"),
            status: response.status, requestID: response["x-amz-request-id"] ?? response["x-ms-request-id"],
            facts: ["host": host])
        if let storageCode { error.facts["storageCode"] = storageCode }
        error.isRetryable = [429, 500, 502, 503, 504].contains(response.status)
        error.retryAfter = response.retryAfter
        return error
    }

    private static func describe(
        _ response: ObjectResponse, host: String, code: String, explanation: String
    ) -> (ImagesAPIError.Code, String) {
        let status = response.status
        if [400, 401, 403].contains(status) {
            // S3 says AccessDenied with the sentence "Request has expired", others have codes for it.
            let isExpired =
                code.hasPrefix("Expired") || explanation.contains("has expired")
                || explanation.contains("specified time frame")
            if isExpired {
                return (
                    .presignedURLExpired,
                    "The presigned URL for \(host) has expired; sign it later or for longer, and check the signer's clock."
                )
            }
            if ["SignatureDoesNotMatch", "InvalidSignature", "AuthenticationFailed"].contains(code) {
                return (
                    .signatureRefused,
                    "\(host) does not accept the URL's signature; sign the same method, key and header fields that are sent, and use the URL unchanged."
                )
            }
        }
        return switch status {
        case 300...399:
            (
                .redirectRefused,
                "\(host) redirects, which presigned requests do not follow; sign for the region and address of the bucket."
            )
        case 401, 403:
            (
                .permissionDenied,
                "\(host) does not permit this; check the rights of whoever signs. Reading needs the right to list too, or a missing object looks like this."
            )
        case 404: (.notFound, "\(host) has no such object or bucket; check both names.")
        case 429: (.rateLimited, "\(host) asks for fewer requests; send fewer at once.")
        case 500...599: (.serverError, "\(host) failed; try again later.")
        case 400, 411, 413, 415, 422: (.badRequest, "\(host) refused the request; the same one will be refused again.")
        default: (.httpError, "\(host) responded with status \(status).")
        }
    }

    /// Whether a request that failed so may have been carried out.
    static func mayHaveArrived(_ error: ImagesAPIError) -> Bool {
        if let status = error.status { return status >= 500 }
        let unsent: Set<ImagesAPIError.Code> = [
            .couldNotResolve, .couldNotConnect, .connectTimeout, .tlsFailed, .overloaded, .clientShutDown,
            .invalidConfiguration, .fetchRefused, .outOfMemory,
        ]
        return !unsent.contains(error.code)
    }

    /// The text of the first XML element with this name, without its entities being decoded.
    private static func element(_ name: String, in xml: String) -> String? {
        guard let start = xml.firstRange(of: "<\(name)>") else { return nil }
        let rest = xml[start.upperBound...]
        guard let end = rest.firstRange(of: "</\(name)>") else { return nil }
        let text = rest[..<end.lowerBound]
        return text.isEmpty || text.contains("<") ? nil : String(text)
    }

    /// Host and port of a URL, and nothing else of it.
    static func host(of url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return "the storage" }
        return SanitizedText.sanitized(
            String(url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }), limit: 255)
    }
}
