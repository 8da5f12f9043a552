#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The Images API's addresses: authorises, reads, dispatches, and turns refusals into answers.
struct ImagesService: Sendable {
    let behaviour: Behaviour
    let requiredKey: String?
    let log: RequestLog
    let studio: Studio

    init(behaviour: Behaviour, requiredKey: String?, log: RequestLog) {
        self.behaviour = behaviour
        self.requiredKey = requiredKey
        self.log = log
        studio = Studio(behaviour: behaviour)
    }

    static let jsonLimit = 512 << 20

    func answer(_ exchange: Exchange) throws {
        var received = Received()
        var answer: Answer
        do {
            answer = try respond(to: exchange, received: &received)
        } catch let refusal as Refusal {
            answer = refusal.answer()
        }
        answer.headers += [
            ("x-request-id", "req_\(ImagesService.randomHexadecimal())"), ("x-gesso-stand-in", "1"),
            ("openai-version", "2020-10-01"),
        ]
        let status = answer.status
        log.add(received.captured(exchange.head, status: status))
        try exchange.wire.pause(seconds: behaviour.latencySeconds)
        try exchange.send(answer)
    }

    private func respond(to exchange: Exchange, received: inout Received) throws -> Answer {
        let head = exchange.head
        let route = try Route(head)
        try authorise(head)
        switch route {
        case .models:
            return .json(ModelList.all)
        case .model(let id):
            return .json(try ModelList.entry(id))
        case .generations:
            let parameters = try received.readJSON(exchange)
            return try studio.generate(parameters)
        case .edits:
            let contentType = head.header("content-type") ?? ""
            let isJSON = contentType.lowercased().hasPrefix("application/json")
            let parameters = isJSON ? try received.readJSON(exchange) : try received.readForm(exchange)
            return try studio.edit(parameters, isForm: !isJSON)
        }
    }

    private func authorise(_ head: RequestHead) throws(Refusal) {
        var key = head.header("api-key")
        if let authorization = head.header("authorization") {
            let words = authorization.split(separator: " ")
            if words.count == 2, words[0].lowercased() == "bearer" { key = String(words[1]) }
        }
        guard let key, !key.isEmpty else { throw .missingKey }
        if let requiredKey, key != requiredKey { throw .wrongKey }
    }

    static func randomHexadecimal() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let digits = String(generator.next(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

extension Answer {
    static func json(_ value: JSONValue) -> Answer {
        Answer(headers: [("content-type", "application/json")], body: .data(value.serialized()))
    }
}

/// What a request asks for, by method and path.
enum Route {
    case models
    case model(String)
    case generations
    case edits

    init(_ head: RequestHead) throws(Refusal) {
        let segments = head.path.split(separator: "/")
        guard segments.first == "v1" else { throw .unknownURL(head.method, head.path) }
        let (route, method): (Route, String)
        switch segments.dropFirst().map(String.init) {
        case ["models"]: (route, method) = (.models, "GET")
        case let rest where rest.count == 2 && rest[0] == "models": (route, method) = (.model(rest[1]), "GET")
        case ["images", "generations"]: (route, method) = (.generations, "POST")
        case ["images", "edits"]: (route, method) = (.edits, "POST")
        default: throw .unknownURL(head.method, head.path)
        }
        guard head.method == method else { throw .wrongMethod(head.method, head.path) }
        self = route
    }
}

/// The body of a request as far as it was read, kept for the log.
struct Received {
    private var parts: [FormPart] = []
    private var body = Data()

    mutating func readJSON(_ exchange: Exchange) throws -> Parameters {
        let contentType = exchange.head.header("content-type") ?? ""
        guard contentType.lowercased().hasPrefix("application/json") else {
            throw Refusal(
                400,
                "Unsupported content type: '\(contentType.prefix(200))'. This API method only accepts 'application/json' requests, but you specified the header 'Content-Type: \(contentType.prefix(200))'.",
                code: "unsupported_content_type")
        }
        do {
            body = try exchange.body.collect(limit: ImagesService.jsonLimit)
        } catch let error as BodyTooLong {
            throw Refusal(413, "The body is longer than \(error.limit) bytes.")
        }
        guard case .object(let members)? = try? JSONDecoder().decode(JSONValue.self, from: body) else {
            throw Refusal(
                400, "We could not parse the JSON body of your request. The API expects a JSON object.")
        }
        return Parameters(object: members)
    }

    mutating func readForm(_ exchange: Exchange) throws -> Parameters {
        let contentType = exchange.head.header("content-type") ?? ""
        guard let boundary = MultipartParser.boundary(of: contentType) else {
            throw Refusal(
                400,
                "Unsupported content type: '\(contentType.prefix(200))'. Edits are sent as 'multipart/form-data' with a boundary, or as 'application/json'.",
                code: "unsupported_content_type")
        }
        var parser = MultipartParser(boundary: boundary)
        do {
            while let bytes = try exchange.body.nextBytes() { try parser.feed(bytes) }
            parts = try parser.finish()
        } catch let fault as MultipartFault {
            throw Refusal(400, "Could not parse multipart form: \(fault.reason) (at byte \(fault.offset)).")
        }
        return try Parameters(parts: parts)
    }

    func captured(_ head: RequestHead, status: Int) -> CapturedRequest {
        CapturedRequest(
            method: head.method, path: head.path, headers: head.headers,
            parts: parts.map {
                CapturedRequest.Part(name: $0.name, filename: $0.filename, contentType: $0.contentType, data: $0.data)
            }, body: body, status: status)
    }
}

/// The answers to `GET /v1/models`.
enum ModelList {
    static var all: JSONValue {
        .object(["object": .string("list"), "data": .array(ServedModel.all.map(describe))])
    }

    static func entry(_ id: String) throws(Refusal) -> JSONValue {
        describe(try ServedModel.named(id))
    }

    private static func describe(_ model: ServedModel) -> JSONValue {
        .object([
            "id": .string(model.id), "object": .string("model"), "created": .integer(1_777_000_000),
            "owned_by": .string("gesso-stand-in"), "shutdown_date": model.shutdownDate.map(JSONValue.string) ?? .null,
        ])
    }
}
