#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The Images API's addresses: authorises, reads, dispatches, and turns refusals into answers.
struct ImagesService: Sendable {
    private let behaviour: Behaviour
    private let requiredKey: String?
    private let log: RequestLog
    private let script: FaultScript
    private let studio: Studio
    private let files: FileDesk
    private let batches: BatchDesk

    init(behaviour: Behaviour, requiredKey: String?, log: RequestLog, archive: Archive) {
        self.behaviour = behaviour
        self.requiredKey = requiredKey
        self.log = log
        script = FaultScript(behaviour.faults)
        studio = Studio(behaviour: behaviour, archive: archive)
        files = FileDesk(archive: archive)
        batches = BatchDesk(archive: archive, studio: studio)
    }

    static let jsonLimit = 512 << 20

    func answer(_ exchange: Exchange) throws {
        let fault = script.next(for: exchange.head)
        exchange.wire.begin(fault)
        let number = log.begin(exchange.head)
        do {
            try answer(exchange, fault, number)
            log.end(number, .answered, unmet: exchange.wire.unmet)
        } catch SocketFailure.cut {
            log.end(number, .cut, unmet: exchange.wire.unmet)
            throw SocketFailure.cut
        } catch {
            log.end(number, .clientLeft, unmet: exchange.wire.unmet)
            throw error
        }
    }

    private func answer(_ exchange: Exchange, _ fault: Fault?, _ number: Int) throws {
        let began = ContinuousClock.now
        if let limit = fault?.cutRequestAt {
            let count = try exchange.body.skip(limit)
            if count < limit {
                exchange.wire.note("the request was to be cut at byte \(limit) of its body, which ended after \(count)")
            }
            try exchange.wire.cutConnection(with: fault?.cut?.with ?? .reset)
        }
        var received = Received()
        var answer: Answer
        do {
            if let replacement = fault?.replacement {
                // Read all the same, so that what was sent can be looked at.
                _ = try? received.readAny(exchange)
                answer = replacement
            } else {
                answer = try respond(to: exchange, fault, &received)
            }
        } catch let refusal as Refusal {
            answer = refusal.answer()
        }
        log.update(number, received, status: answer.status)
        try exchange.wire.pause(seconds: behaviour.latencySeconds)
        answer.headers += ServiceHeaders.always(since: began).filter { header in
            // What a script answers may have its own.
            !answer.headers.contains { $0.name.lowercased() == header.name }
        }
        answer.headers += (fault?.addHeaders ?? []).map { ($0.name, $0.value) }
        try exchange.send(answer)
    }

    private func respond(to exchange: Exchange, _ fault: Fault?, _ received: inout Received) throws -> Answer {
        let head = exchange.head
        let route = try Route(head)
        if !route.isOpen { try authorise(head) }
        switch route {
        case .models: return .json(ModelList.all)
        case .model(let id): return .json(try ModelList.entry(id))
        case .generations(let model):
            let parameters = try received.readJSON(exchange)
            return try deliver(studio.generation(parameters, model: model), head, fault)
        case .edits(let model):
            let contentType = head.header("content-type") ?? ""
            let isForm = !contentType.lowercased().hasPrefix("application/json")
            let parameters = isForm ? try received.readForm(exchange) : try received.readJSON(exchange)
            return try deliver(studio.edit(parameters, isForm: isForm, model: model), head, fault)
        case .variations:
            return try deliver(studio.variation(received.readForm(exchange)), head, fault)
        case .createFile:
            var limits = MultipartParser.Limits()
            limits.partBytes = FileDesk.byteLimit
            return .json(try files.create(received.readForm(exchange, limits)))
        case .files: return .json(try files.list(Query(head.query)))
        case .file(let id): return .json(try studio.archive.file(id).json)
        case .fileContent(let id): return try files.content(id)
        case .deleteFile(let id): return .json(try files.delete(id))
        case .createBatch: return .json(try batches.create(received.readJSON(exchange)))
        case .batches: return .json(try batches.list(Query(head.query)))
        case .batch(let id): return .json(try studio.archive.batch(id).json)
        case .cancelBatch(let id): return .json(try batches.cancel(id))
        case .provenance: return .json(try ProvenanceDesk.check(received.readForm(exchange)))
        case .download(let name):
            guard let data = studio.archive.download(name) else { throw Refusal.unknownURL(head.method, head.path) }
            let type = name.hasSuffix(".svg") ? "svg+xml" : String(name.split(separator: ".").last ?? "png")
            return Answer(headers: [("content-type", "image/\(type)")], body: .data(data))
        }
    }

    private func deliver(_ commission: Commission, _ head: RequestHead, _ fault: Fault?) throws -> Answer {
        let origin = "http://\(head.header("host") ?? "127.0.0.1")"
        var answer = try studio.deliver(commission, origin: origin, events: fault?.events)
        answer.headers += ServiceHeaders.limits(after: commission.usage)
        return answer
    }

    private func authorise(_ head: RequestHead) throws(Refusal) {
        // Azure's name for it.
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
