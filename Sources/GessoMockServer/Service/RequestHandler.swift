#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Handles a request of the Images API: authorizes, reads, dispatches, and turns errors into responses.
struct RequestHandler: Sendable {
    private let behavior: MockServer.Behavior
    private let rules: ServerRules
    private let log: RequestLog
    private let script: FaultScript
    private let imageService: ImageService
    private let files: FilesController
    private let batches: BatchesController

    init(behavior: MockServer.Behavior, requiredKey: String?, log: RequestLog, store: ObjectStore) {
        self.behavior = behavior
        rules = ServerRules(server: behavior.server, requiredKey: requiredKey)
        self.log = log
        script = FaultScript(behavior.faults)
        imageService = ImageService(behavior: behavior, store: store)
        files = FilesController(store: store)
        batches = BatchesController(store: store, imageService: imageService)
    }

    static let jsonLimit = 512 << 20

    func handle(_ exchange: HTTPExchange) throws {
        let fault = script.next(for: exchange.head)
        exchange.wire.begin(fault)
        let number = log.begin(exchange.head)
        do {
            try handle(exchange, fault, number)
            log.end(number, .completed, unappliedFaults: exchange.wire.unappliedFaults)
        } catch SocketFailure.cut {
            log.end(number, .cut, unappliedFaults: exchange.wire.unappliedFaults)
            throw SocketFailure.cut
        } catch {
            log.end(number, .clientDisconnected, unappliedFaults: exchange.wire.unappliedFaults)
            throw error
        }
    }

    private func handle(_ exchange: HTTPExchange, _ fault: Fault?, _ number: Int) throws {
        let began = ContinuousClock.now
        if let limit = fault?.cutRequestAt {
            let count = try exchange.body.skip(limit)
            if count < limit {
                exchange.wire.reportUnapplied(
                    "the request was to be cut at byte \(limit) of its body, which ended after \(count)")
            }
            try exchange.wire.cutConnection(with: fault?.cut?.with ?? .reset)
        }
        var bodyReader = RequestBodyReader()
        var response: HTTPResponse
        do {
            if let replacement = fault?.replacement {
                // The body is read all the same, so that it can be captured.
                _ = try? bodyReader.readAny(exchange)
                response = replacement
            } else {
                response = try respond(to: exchange, fault, &bodyReader)
            }
        } catch let apiError as APIErrorResponse {
            response = rules.response(to: apiError)
        }
        log.update(number, bodyReader, status: response.status)
        try exchange.wire.pause(seconds: behavior.latencySeconds)
        response.headers += ServerResponses.headers(of: behavior.server, since: began).filter { header in
            // A scripted response may have these headers already.
            !response.headers.contains { $0.name.lowercased() == header.name }
        }
        response.headers += (fault?.addHeaders ?? []).map { ($0.name, $0.value) }
        try exchange.send(response)
    }

    private func respond(to exchange: HTTPExchange, _ fault: Fault?, _ bodyReader: inout RequestBodyReader) throws
        -> HTTPResponse
    {
        var head = exchange.head
        let shape = try head.removeShape() ?? behavior.shape
        let route = try rules.route(head)
        if !route.isOpen { try rules.authorize(head) }
        switch route {
        case .models: return .json(ModelList.all)
        case .model(let id): return .json(try ModelList.entry(id))
        case .generations(let model):
            let parameters = try bodyReader.readJSON(exchange)
            let request = try rules.adapted(parameters, isEdit: false, isForm: false, model: model)
            return try deliver(request, shape, head, fault)
        case .edits(let model):
            let contentType = head.header("content-type") ?? ""
            let isForm = !contentType.lowercased().hasPrefix("application/json")
            let parameters = isForm ? try bodyReader.readForm(exchange) : try bodyReader.readJSON(exchange)
            let request = try rules.adapted(parameters, isEdit: true, isForm: isForm, model: model)
            return try deliver(request, shape, head, fault)
        case .chat:
            return try deliver(rules.adaptedChat(bodyReader.readJSON(exchange)), shape, head, fault)
        case .variations:
            let job = try imageService.variation(bodyReader.readForm(exchange))
            var response = try imageService.deliver(job, origin: origin(head), events: fault?.events)
            response.headers += ServiceHeaders.limits(after: job.usage)
            return response
        case .createFile:
            var limits = MultipartParser.Limits()
            limits.partBytes = FilesController.byteLimit
            return .json(try files.create(bodyReader.readForm(exchange, limits)))
        case .files: return .json(try files.list(Query(head.query)))
        case .file(let id): return .json(try imageService.store.file(id).json)
        case .fileContent(let id): return try files.content(id)
        case .deleteFile(let id): return .json(try files.delete(id))
        case .createBatch: return .json(try batches.create(bodyReader.readJSON(exchange)))
        case .batches: return .json(try batches.list(Query(head.query)))
        case .batch(let id): return .json(try imageService.store.batch(id).json)
        case .cancelBatch(let id): return .json(try batches.cancel(id))
        case .provenance: return .json(try ProvenanceController.check(bodyReader.readForm(exchange)))
        case .download(let name):
            guard let data = imageService.store.download(name) else {
                throw APIErrorResponse.unknownURL(head.method, head.path)
            }
            let type = name.hasSuffix(".svg") ? "svg+xml" : String(name.split(separator: ".").last ?? "png")
            return HTTPResponse(headers: [("content-type", "image/\(type)")], body: .data(data))
        }
    }

    private func deliver(
        _ request: AdaptedRequest, _ shape: MockServer.Shape?, _ head: RequestHead, _ fault: Fault?
    ) throws -> HTTPResponse {
        let job = try imageService.job(request)
        if let shape {
            let file = try imageService.files(of: job)[0]
            let name = imageService.store.addDownload(file, fileExtension: job.options.format)
            let shapes = ResponseShapes(file: file, url: "\(origin(head))/downloads/\(name)")
            if let response = shapes.response(shape.rawValue) { return response }
        }
        let responses = ServerResponses(server: behavior.server, imageService: imageService, origin: origin(head))
        var response = try responses.response(to: job, request, events: fault?.events)
        if [nil, .openAI, .azure, .azureV1].contains(behavior.server) {
            response.headers += ServiceHeaders.limits(after: job.usage)
        }
        return response
    }

    private func origin(_ head: RequestHead) -> String { "http://\(head.header("host") ?? "127.0.0.1")" }

    static func randomHexadecimal() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let digits = String(generator.next(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}

/// The responses of `GET /v1/models`.
enum ModelList {
    static var all: RequestValue {
        .object(["object": .string("list"), "data": .array(ServedModel.all.map(describe))])
    }

    static func entry(_ id: String) throws(APIErrorResponse) -> RequestValue {
        describe(try ServedModel.named(id))
    }

    private static func describe(_ model: ServedModel) -> RequestValue {
        .object([
            "id": .string(model.id), "object": .string("model"), "created": .integer(1_777_000_000),
            "owned_by": .string("gesso-mock-server"),
            "shutdown_date": model.shutdownDate.map(RequestValue.string) ?? .null,
        ])
    }
}
