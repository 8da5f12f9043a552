/// Checks the head of a response before its body is read, and makes the errors for bodies that cannot be used.
enum ResponseRules {
    /// The error if the response is a redirect or compressed; nil if its body may be read.
    static func problem(in head: ResponseHead, host: String) -> ImagesAPIError? {
        if (300...399).contains(head.status) {
            let target = head["location"].map(redirectHost) ?? "no address"
            return ImagesAPIError(
                .redirectRefused,
                "The server redirects to \(SanitizedText.sanitized(target, limit: 128)); redirects are not followed, since they would pass on the key. Set the base URL to the right host.",
                status: head.status, facts: ["host": host])
        }
        if let coding = coding(of: head, in: ["content-encoding", "transfer-encoding"]) {
            return ImagesAPIError(
                .unexpectedContent,
                "The response is compressed (\(SanitizedText.sanitized(coding, limit: 32))) although that was not requested; check the proxy in between.",
                status: head.status)
        }
        return nil
    }

    /// The compression of the body that one of these fields states; libcurl also undoes a compressed `Transfer-Encoding`
    /// that was not requested.
    private static func coding(of head: ResponseHead, in names: [String]) -> String? {
        for name in names {
            let harmless = ["", "identity"] + (name == "transfer-encoding" ? ["chunked"] : [])
            for field in head.fields where field.0.caseInsensitivelyEquals(name) {
                let codings = field.1.split(separator: ",").map { String($0).trimmingBlanks().lowercased() }
                if let coding = codings.first(where: { !harmless.contains($0) }) { return coding }
            }
        }
        return nil
    }

    /// Whether the transport would unpack the body on its way, so that few bytes may become many.
    static func isUnpackedInTransit(_ head: ResponseHead) -> Bool {
        coding(of: head, in: ["transfer-encoding"]) != nil
    }

    /// The host of a redirect without user and password, for an error.
    /// The host of a URI reference, which may leave out the scheme (RFC 3986, 4.2).
    private static func redirectHost(_ location: String) -> String {
        let scheme = location.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
        let rest = location[scheme.endIndex...]
        let start = scheme.isEmpty ? "//" : "://"
        guard rest.hasPrefix(start) else { return "another path" }
        let authority = rest.dropFirst(start.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return String(authority.split(separator: "@").last ?? "another host")
    }

    /// The content type in lower case, without parameters.
    static func mediaType(_ head: ResponseHead) -> String? {
        guard let field = head["content-type"] else { return nil }
        let type = field.prefix { $0 != ";" }
        return type.isEmpty ? nil : String(type).trimmingBlanks().lowercased()
    }

    static func tooLarge(allowed: Int) -> ImagesAPIError {
        ImagesAPIError(
            .limitExceeded,
            "The response is longer than the \(allowed) bytes allowed; raise the limits if you expect that.",
            facts: ["allowed": "\(allowed)"])
    }

    static func empty(_ head: ResponseHead) -> ImagesAPIError {
        // The head may say where the result will be.
        if head.status == 202 { return ResponseProblem(value: .null, head: head).noImages }
        return ImagesAPIError(
            .emptyResponse, "The server responded with status \(head.status) and an empty body.", status: head.status)
    }

    /// The error for the body of a successful response that is neither JSON, nor an event stream, nor an image.
    static func unreadable(_ head: ResponseHead) -> ImagesAPIError {
        let type = mediaType(head).map { SanitizedText.sanitized($0, limit: 64) } ?? "a body without a type"
        return ImagesAPIError(
            .unexpectedContent,
            "The server sent \(type), and its bytes are neither JSON nor an event stream nor a known image; check the base URL and the proxy in between.",
            status: head.status, requestID: head.requestID)
    }
}

extension ImagesAPIError {
    init(_ failure: ScanFailure) {
        switch failure {
        case .malformed(let offset):
            self.init(
                .malformedResponse, "The response is not JSON at offset \(offset); a proxy may have changed it.",
                facts: ["offset": "\(offset)"])
        case .incomplete(let offset):
            self.init(
                .malformedResponse, "The response's JSON ends after \(offset) bytes, before it is complete.",
                facts: ["offset": "\(offset)"])
        case .base64(let base64, let offset):
            self.init(base64)
            facts["documentOffset"] = "\(offset)"
        case .tooDeep(let allowed):
            self.init(
                .limitExceeded,
                "The response nests deeper than the \(allowed) levels allowed; raise limits.jsonDepth if you expect that.",
                facts: ["allowed": "\(allowed)"])
        case .tooManyBytes(let allowed):
            self.init(
                .limitExceeded,
                "The response has more than the \(allowed) bytes allowed apart from its images; raise limits.otherBytesPerDocument if you expect that.",
                facts: ["allowed": "\(allowed)"])
        case .imageTooLarge(let allowed):
            self.init(
                .limitExceeded,
                "An image is longer than the \(allowed) base64 characters allowed; raise limits.wireBytesPerImage if you expect that.",
                facts: ["allowed": "\(allowed)"])
        case .tooManyImages(let allowed):
            self.init(
                .limitExceeded, "The response has more than the \(allowed) images allowed.",
                facts: ["allowed": "\(allowed)"])
        case .lineTooLong(let allowed):
            self.init(
                .limitExceeded,
                "The line is longer than the \(allowed) bytes allowed; raise limits.wireBytesPerImage if you expect that.",
                facts: ["allowed": "\(allowed)"])
        case .outOfMemory:
            self.init(.outOfMemory, "No memory for the image; lower the limits, or send fewer requests at once.")
        }
    }
}
