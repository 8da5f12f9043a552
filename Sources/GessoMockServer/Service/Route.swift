/// The endpoint of a request, by method and path.
enum Route {
    case models
    case model(String)
    /// The model is the deployment in an Azure path.
    case generations(model: String?)
    case edits(model: String?)
    case variations
    case createFile
    case files
    case file(String)
    case fileContent(String)
    case deleteFile(String)
    case createBatch
    case batches
    case batch(String)
    case cancelBatch(String)
    case provenance
    case download(String)
    /// Images in the form of a chat, which some clients of OpenRouter use.
    case chat

    init(_ head: RequestHead) throws(APIErrorResponse) {
        var rest = head.path.split(separator: "/").map(String.init)[...]
        let routes: [String: Route]
        if rest.first == "v1" {
            routes = Route.all(rest.dropFirst())
        } else if rest.starts(with: ["openai", "v1"]) {
            routes = Route.all(rest.dropFirst(2))
        } else if rest.starts(with: ["openai", "deployments"]), rest.count == 5 {
            let model = rest[2].percentDecoded
            rest = rest.dropFirst(3)
            // Azure has no variations.
            switch rest.last {
            case "generations": routes = ["POST": .generations(model: model)]
            case "edits": routes = ["POST": .edits(model: model)]
            default: routes = [:]
            }
            guard Query(head.query)["api-version"] != nil else {
                throw APIErrorResponse(404, "Resource not found: the query has no api-version.", code: "404")
            }
        } else if rest.first == "openai", Query(head.query)["api-version"] != nil {
            routes = Route.all(rest.dropFirst()).filter { _, route in !route.isImageEndpoint }
        } else if rest.first == "downloads", rest.count == 2 {
            routes = ["GET": .download(rest[1])]
        } else {
            routes = [:]
        }
        guard !routes.isEmpty else { throw .unknownURL(head.method, head.path) }
        guard let route = routes[head.method] else { throw .wrongMethod(head.method, head.path) }
        self = route
    }

    /// The endpoints of a path, by method.
    private static func all(_ path: ArraySlice<String>) -> [String: Route] {
        let path = path.map(\.percentDecoded)
        switch (path.count, path.first) {
        case (1, "models"): return ["GET": .models]
        case (2, "models"): return ["GET": .model(path[1])]
        case (2, "images"):
            switch path[1] {
            case "generations": return ["POST": .generations(model: nil)]
            case "edits": return ["POST": .edits(model: nil)]
            case "variations": return ["POST": .variations]
            default: return [:]
            }
        case (1, "files"): return ["GET": .files, "POST": .createFile]
        case (2, "files"): return ["GET": .file(path[1]), "DELETE": .deleteFile(path[1])]
        case (3, "files") where path[2] == "content": return ["GET": .fileContent(path[1])]
        case (1, "batches"): return ["GET": .batches, "POST": .createBatch]
        case (2, "batches"): return ["GET": .batch(path[1])]
        case (3, "batches") where path[2] == "cancel": return ["POST": .cancelBatch(path[1])]
        case (1, "content_provenance_checks"): return ["POST": .provenance]
        default: return [:]
        }
    }

    /// Whether the response has images; Azure serves those only under a deployment.
    private var isImageEndpoint: Bool {
        switch self {
        case .generations, .edits, .variations: true
        default: false
        }
    }

    /// Whether the endpoint needs no key, as the download URLs of the real API.
    var isOpen: Bool { if case .download = self { true } else { false } }
}
