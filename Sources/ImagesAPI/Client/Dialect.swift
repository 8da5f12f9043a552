extension ImagesClient.Configuration {
    /// The manner in which a server speaks the API.
    public enum Dialect: Sendable, Hashable {
        /// OpenAI: paths under the base URL, the key as bearer token.
        case openAI
        /// Azure: `{base URL}/openai/deployments/{model}/…?api-version=…`, the key as `api-key`, or a token of Entra ID
        /// as bearer token.
        case azure(apiVersion: String, usesBearer: Bool = false)
        /// A compatible server that expects every image of an edit under the same field name.
        case generic(imageField: String)
    }

    /// Sends requests to `https://REGION.api.openai.com/v1`, where OpenAI keeps and processes data in that region.
    ///
    /// - Parameter region: `us`, `eu`, `ae` (United Arab Emirates), `au`, `in` or `jp`, or one that is newer than this
    ///   version.
    public mutating func use(region: String) { baseURL = "https://\(region).api.openai.com/v1" }
}

extension ImagesClient.Configuration.Dialect {
    /// The path and query of an endpoint, to be appended to the base URL.
    func path(
        of endpoint: Endpoint, query: [(String, String)], model: Model?
    ) throws(ImagesAPIError) -> String {
        guard case .azure(let version, _) = self else { return Self.adding(query, to: endpoint.path) }
        let query = query + [("api-version", version)]
        guard endpoint != .variations else {
            throw ImagesAPIError(
                .unsupportedFeature, "Azure has no variations; use the emulated method, which edits instead.")
        }
        guard endpoint.makesImages, let model else { return Self.adding(query, to: "/openai\(endpoint.path)") }
        return Self.adding(query, to: "/openai/deployments/\(Self.escaped(model.rawValue))\(endpoint.path)")
    }

    /// The environment variables that hold the key.
    var keyVariables: String {
        if case .azure = self { "AZURE_OPENAI_API_KEY or AZURE_OPENAI_AD_TOKEN" } else { "OPENAI_API_KEY" }
    }

    /// A path with additional pairs in its query.
    static func adding(_ query: [(String, String)], to path: String) -> String {
        query.reduce(path) { path, pair in
            path + (path.contains("?") ? "&" : "?") + "\(escaped(pair.0))=\(escaped(pair.1))"
        }
    }

    /// The field name for the images of an edit.
    func imageField(count: Int) -> String {
        if case .generic(let field) = self { return field }
        return count == 1 ? "image" : "image[]"
    }

    /// Percent-encodes everything but unreserved characters (RFC 3986 section 2.3).
    static func escaped(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (byte < 16 ? "0" : "") + digits
            }
        }
    }
}
