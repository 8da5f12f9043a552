/// The header fields of a request, checked so that none of them can inject another.
///
/// Not swift-http-types: libcurl takes and returns fields as lines of text, so they would be converted in both directions.
package enum RequestHeaders {
    private static let reserved = [
        "authorization", "api-key", "host", "content-length", "transfer-encoding", "content-type",
    ]

    /// - Throws: `invalidConfiguration` for names that are not tokens (RFC 9110 section 5.6.2), values with control
    ///   characters, and fields that the client sets itself.
    static func make(
        _ configuration: ImagesClient.Configuration, accept: String, contentType: String?
    ) throws(ImagesAPIError) -> [(String, String)] {
        var headers: [(String, String)] = [("Accept", accept), ("User-Agent", ImagesClient.userAgent)]
        if let contentType { headers.append(("Content-Type", contentType)) }
        if let organization = configuration.organization {
            headers.append(("OpenAI-Organization", try checked(organization, name: "OpenAI-Organization")))
        }
        if let project = configuration.project {
            headers.append(("OpenAI-Project", try checked(project, name: "OpenAI-Project")))
        }
        for (name, value) in configuration.headers {
            guard isToken(name) else {
                throw ImagesAPIError(
                    .invalidConfiguration,
                    "A header name is not a token: \"\(SanitizedText.sanitized(name, limit: 64))\"; use letters, digits and hyphens."
                )
            }
            guard !isReserved(name, configuration.server) else {
                throw ImagesAPIError(
                    .invalidConfiguration,
                    "The header \(name) is set by the client itself; remove it from the configuration.")
            }
            let value = try checked(value, name: name)
            headers.removeAll { $0.0.caseInsensitivelyEquals(name) }
            headers.append((name, value))
        }
        if let key = configuration.apiKey, let name = configuration.server.keyHeader {
            headers.removeAll { $0.0.caseInsensitivelyEquals(name) }
            headers.append((name, key.headerValue(prefix: configuration.server.keyPrefix)))
        }
        return headers
    }

    /// The fields of a request for an object; which of them its storage needs is the caller's business.
    ///
    /// - Throws: `invalidConfiguration` as above, and for fields that say how the message is framed.
    static func checked(object fields: [(String, String)]) throws(ImagesAPIError) -> [(String, String)] {
        for (name, value) in fields {
            guard isToken(name), !["host", "content-length", "transfer-encoding"].contains(name.lowercased()) else {
                throw ImagesAPIError(
                    .invalidConfiguration,
                    "The header \"\(SanitizedText.sanitized(name, limit: 64))\" cannot be sent with an object; remove it."
                )
            }
            _ = try checked(value, name: name)
        }
        return fields
    }

    /// Whether the client sets this field itself, the one with the server's key included.
    package static func isReserved(_ name: String, _ server: ServerProfile) -> Bool {
        reserved.contains(name.lowercased()) || server.keyHeader.map(name.caseInsensitivelyEquals) == true
    }

    /// Whether the field says how the message is framed, which no other value may replace.
    static func isFraming(_ name: String) -> Bool {
        reserved.contains(name.lowercased()) && !["authorization", "api-key"].contains(name.lowercased())
    }

    static func isToken(_ name: String) -> Bool { !name.isEmpty && name.utf8.allSatisfy(isTokenByte) }

    private static func checked(_ value: String, name: String) throws(ImagesAPIError) -> String {
        guard value.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else {
            throw ImagesAPIError(
                .invalidConfiguration, "The value of the header \(name) contains a control character; remove it.")
        }
        return value
    }

    /// Whether an observer's field can be sent without changing the client's own.
    static func isSafe(_ name: String, _ value: String, _ server: ServerProfile) -> Bool {
        isToken(name) && !isReserved(name, server)
            && value.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
