package import Foundation
package import GessoStorage
package import ImagesAPI
import Synchronization

/// Object storage in memory: conditional writes are exact, what was written is read at once, and requests fail as told.
package final class StorageDouble: ObjectTransport {
    /// How one request fails.
    package enum Fault: Sendable {
        /// Responds so, and does nothing.
        case status(Int, code: String)
        /// The connection breaks before anything is done.
        case lostRequest
        /// Does it, and the connection breaks.
        case lostResponse
        /// The connection breaks, and the request is carried out when ``deliverLate()`` is called.
        case late
        /// No connection can be made.
        case unreachable
    }

    private struct Object {
        var data: Data
        var written: Int
    }

    private struct State {
        var objects: [String: Object] = [:]
        var faults: [(method: ObjectRequest.Method, suffix: String, fault: Fault)] = []
        var outage: Fault?
        var late: [ObjectRequest] = []
        var log: [String] = []
        var now = 1_800_000_000
        var ignoresConditions = false
    }

    private let state = Mutex(State())

    package init() {}

    /// The storage, with short delays between attempts.
    package func storage(retries: Int = 2) -> ObjectStorage {
        var options = ObjectStorage.Options()
        options.retryPolicy = ImagesClient.RetryPolicy(maxRetries: retries)
        options.retryPolicy.baseDelay = .milliseconds(1)
        return ObjectStorage(options: options, transport: self) { request in
            guard let path = request.key.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed),
                let url = URL(string: "https://storage.test/\(path)?X-Amz-Signature=\(Self.signature)")
            else { throw URLError(.badURL) }
            return url
        }
    }

    /// The signature in all URLs, which no error may show.
    package static let signature = String(repeating: "0123456789abcdef", count: 4)

    /// The keys of all objects that begin with a prefix.
    package func keys(_ prefix: String = "") -> [String] {
        state.withLock { $0.objects.keys.filter { $0.hasPrefix(prefix) }.sorted() }
    }

    package subscript(key: String) -> Data? { state.withLock { $0.objects[key]?.data } }

    /// Replaces or removes an object.
    package func set(_ key: String, _ data: Data?) {
        state.withLock { state in state.objects[key] = data.map { Object(data: $0, written: state.now) } }
    }

    /// All requests so far: `PUT name 200`.
    package var log: [String] { state.withLock { $0.log } }

    /// Lets the storage's clock go on.
    package func pass(seconds: Int) { state.withLock { $0.now += seconds } }

    /// Lets the next requests with this method, and a key with this ending, fail.
    package func fail(_ method: ObjectRequest.Method, _ suffix: String = "", _ faults: Fault...) {
        state.withLock { $0.faults += faults.map { (method, suffix, $0) } }
    }

    /// Lets all requests fail until it is nil again.
    package func failAll(_ fault: Fault?) { state.withLock { $0.outage = fault } }

    /// Overwrites objects whatever the condition of the request, as storages without conditional writes do.
    package func ignoreConditions() { state.withLock { $0.ignoresConditions = true } }

    /// Carries out what was delayed.
    package func deliverLate() {
        state.withLock { state in
            let late = state.late
            state.late = []
            for request in late { _ = Self.perform(request, &state) }
        }
    }

    package func send(_ request: ObjectRequest) async throws(ImagesAPIError) -> ObjectResponse {
        // Lets others run in between, as a network does.
        await Task.yield()
        let result: Result<ObjectResponse, ImagesAPIError> = state.withLock { state in
            let key = Self.key(of: request)
            var fault = state.outage
            if fault == nil,
                let index = state.faults.firstIndex(where: { $0.method == request.method && key.hasSuffix($0.suffix) })
            {
                fault = state.faults.remove(at: index).fault
            }
            switch fault {
            case nil: return .success(Self.perform(request, &state))
            case .status(let status, let code):
                state.log.append("\(request.method.rawValue) \(key) \(status)")
                let body = "<Error><Code>\(code)</Code><Message>As told</Message></Error>"
                return .success(Self.response(status, Data(body.utf8), request, &state))
            case .lostRequest: return .failure(Self.lost)
            case .lostResponse:
                _ = Self.perform(request, &state)
                return .failure(Self.lost)
            case .late:
                state.late.append(request)
                return .failure(Self.lost)
            case .unreachable:
                return .failure(
                    ImagesAPIError(.couldNotConnect, "No server accepts connections.", attempts: 1, isRetryable: true))
            }
        }
        await Task.yield()
        return try result.get()
    }

    private static let lost = ImagesAPIError(.connectionLost, "The connection broke.", attempts: 1, isRetryable: true)

    private static func key(of request: ObjectRequest) -> String {
        URL(string: request.url).map { String($0.path(percentEncoded: false).dropFirst()) } ?? ""
    }

    private static func perform(_ request: ObjectRequest, _ state: inout State) -> ObjectResponse {
        let key = key(of: request)
        var body = Data()
        var status = 200
        var written: Int?
        switch request.method {
        case .get:
            if let object = state.objects[key] {
                (body, written) = (object.data, object.written)
            } else {
                status = 404
            }
        case .put:
            let isConditional = request.headers.contains { $0 == ("if-none-match", "*") } && !state.ignoresConditions
            if isConditional, state.objects[key] != nil {
                status = 412
            } else {
                state.objects[key] = Object(data: request.body, written: state.now)
            }
        case .delete:
            status = 204
            state.objects[key] = nil
        }
        state.log.append("\(request.method.rawValue) \(key) \(status)")
        return response(status, body, request, &state, written: written)
    }

    private static func response(
        _ status: Int, _ body: Data, _ request: ObjectRequest, _ state: inout State, written: Int? = nil
    ) -> ObjectResponse {
        var fields = [("date", date(state.now))]
        if let written { fields.append(("last-modified", date(written))) }
        var response = ObjectResponse(status: status, fields: fields, body: body)
        response.url = request.url
        return response
    }

    private static func date(_ seconds: Int) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.string(from: Date(timeIntervalSince1970: TimeInterval(seconds)))
    }
}
