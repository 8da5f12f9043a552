/// The paths, keys and request rules of the server that is imitated; nil is OpenAI, with Azure's paths as well.
///
/// Written from the servers' documentation, and not from the profiles of the client that is tested against it.
struct ServerRules: Sendable {
    let server: MockServer.Server?
    /// The only key that is accepted; nil accepts every key that is not empty.
    let requiredKey: String?

    /// The path that a client's base URL ends in.
    static func basePath(of server: MockServer.Server?) -> String {
        switch server {
        case .azure, .azureV1: ""
        case .openRouter: "/api/v1"
        case .gemini: "/v1beta/openai"
        default: "/v1"
        }
    }

    /// The endpoint of a request, if the server has it.
    func route(_ head: RequestHead) throws(APIErrorResponse) -> Route {
        let segments = head.path.split(separator: "/").map(String.init)
        if segments.first == "downloads" { return try Route(head) }
        switch server {
        case nil: return try Route(head)
        case .openAI, .generic:
            guard segments.first == "v1" else { throw .unknownURL(head.method, head.path) }
            return try Route(head)
        case .azure:
            guard segments.first == "openai", segments.dropFirst().first != "v1" else {
                throw .unknownURL(head.method, head.path)
            }
            return try Route(head)
        case .azureV1:
            guard segments.starts(with: ["openai", "v1"]), segments.last != "variations" else {
                throw .unknownURL(head.method, head.path)
            }
            return try Route(head)
        default: return try compatibleRoute(head, segments)
        }
    }

    private func compatibleRoute(_ head: RequestHead, _ segments: [String]) throws(APIErrorResponse) -> Route {
        let base = ServerRules.basePath(of: server).split(separator: "/").map(String.init)
        var rest = segments[...]
        if segments.starts(with: base) {
            rest = rest.dropFirst(base.count)
        } else if server != .liteLLM {
            // LiteLLM's proxy has the same paths without the version.
            throw .unknownURL(head.method, head.path)
        }
        let route: Route? =
            switch (head.method, Array(rest)) {
            case ("GET", ["models"]): .models
            case ("POST", ["images", "generations"]) where server != .openRouter: .generations(model: nil)
            case ("POST", ["images", "edits"]) where hasEdits: .edits(model: nil)
            case ("POST", ["images"]) where server == .openRouter: .generations(model: nil)
            case ("POST", ["chat", "completions"]) where server == .openRouter: .chat
            default: nil
            }
        guard let route else { throw .unknownURL(head.method, head.path) }
        return route
    }

    private var hasEdits: Bool { [.liteLLM, .vllmOmni, .stableDiffusionCPP, .xAI].contains(server) }

    func authorize(_ head: RequestHead) throws(APIErrorResponse) {
        let key = key(in: head)
        switch server {
        case .stableDiffusionCPP: return
        case .localAI, .vllmOmni, .generic:
            if requiredKey == nil { return }
        default: break
        }
        guard let key, !key.isEmpty else { throw .missingKey }
        if let requiredKey, key != requiredKey { throw .wrongKey }
    }

    private func key(in head: RequestHead) -> String? {
        var key: String?
        if [nil, .azure, .azureV1].contains(server) { key = head.header("api-key") }
        if let authorization = head.header("authorization") {
            let parts = authorization.split(separator: " ")
            if parts.count == 2, parts[0].lowercased() == "bearer" { key = String(parts[1]) }
        }
        return key
    }
}
