import Foundation
import GessoStorage
import ImagesAPI
import Synchronization

@testable import GessoMockServer

/// A server on 127.0.0.1 that responds as a test says, and records what it was sent.
final class HTTPStorage: Sendable {
    struct Request: Sendable {
        var method: String
        var path: String
        var query: String
        var headers: [String: String]
        var body: Data
    }

    struct Response: Sendable {
        var status = 200
        var headers: [(name: String, value: String)] = []
        var body = Data()
        /// Ends the connection without a response.
        var breaksOff = false
        /// Sends zeros until the client hangs up, and counts them.
        var isEndless = false
    }

    private let server: LoopbackServer
    private let received = Mutex<[Request]>([])
    private let sent = Mutex(0)
    let port: UInt16

    var requests: [Request] { received.withLock { $0 } }
    var bytesSent: Int { sent.withLock { $0 } }
    var origin: String { "http://127.0.0.1:\(port)" }
    func url(_ path: String = "/image", query: String = "") -> URL {
        URL(string: origin + path + query) ?? URL(filePath: "/")
    }

    private init(_ respond: @escaping @Sendable (Request, Int) -> Response) throws {
        let shared = Box()
        server = LoopbackServer { exchange in
            guard let self = shared.value else { return }
            let body = try exchange.body.collect(limit: 1 << 30)
            let request = Request(
                method: exchange.head.method, path: exchange.head.path, query: exchange.head.query,
                headers: Dictionary(exchange.head.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }),
                body: body)
            let number = self.received.withLock {
                $0.append(request)
                return $0.count
            }
            let response = respond(request, number)
            if response.breaksOff { throw SocketFailure.closed }
            guard response.isEndless else {
                return try exchange.send(
                    HTTPResponse(status: response.status, headers: response.headers, body: .data(response.body)))
            }
            try exchange.send(
                HTTPResponse(
                    status: response.status, headers: response.headers,
                    body: .stream { stream in
                        while true {
                            let zeros = response.body.isEmpty ? Data(count: 65_536) : response.body
                            try stream.write(zeros)
                            self.sent.withLock { $0 += zeros.count }
                        }
                    }))
        }
        port = try server.start(port: 0)
        shared.value = self
    }

    /// Runs a server for the time of `body`.
    static func with(
        _ respond: @escaping @Sendable (Request, Int) -> Response, _ body: (HTTPStorage) async throws -> Void
    ) async throws {
        let storage = try HTTPStorage(respond)
        do {
            try await body(storage)
        } catch {
            await storage.server.stop()
            throw error
        }
        await storage.server.stop()
    }

    /// The storage behind it: every key under a URL with a signature.
    func storage(_ change: (inout ObjectStorage.Options) -> Void = { _ in }) -> ObjectStorage {
        var options = ObjectStorage.Options()
        options.retryPolicy.baseDelay = .milliseconds(1)
        change(&options)
        let origin = origin
        return ObjectStorage(options: options) { request in
            guard let url = URL(string: "\(origin)/\(request.key)?X-Amz-Signature=\(Self.signature)") else {
                throw URLError(.badURL)
            }
            return url
        }
    }

    static let signature = String(repeating: "fedcba9876543210", count: 4)
}

/// A value that is set after the closures that read it are made.
private final class Box: Sendable {
    private struct Reference { weak var storage: HTTPStorage? }
    private let reference = Mutex(Reference())

    var value: HTTPStorage? {
        get { reference.withLock { $0.storage } }
        set { reference.withLock { $0.storage = newValue } }
    }
}
