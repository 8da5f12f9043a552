import Foundation
import Gesso
import GessoStorage
import StorageDouble
import Synchronization
import Testing

@Suite("Object storage over HTTP", .timeLimit(.minutes(5)))
struct TransferTests {
    @Test("is repeated after a broken connection and 503, each attempt signed anew")
    func repeated() async throws {
        try await HTTPStorage.with({ _, number in
            switch number {
            case 1: .init(breaksOff: true)
            case 2: .init(status: 503, headers: [("retry-after", "0.01")])
            default: .init()
            }
        }) { server in
            let signed = Mutex(0)
            var options = ObjectStorage.Options()
            options.retryPolicy.baseDelay = .milliseconds(1)
            let storage = ObjectStorage(options: options) { [origin = server.origin] _ in
                let number = signed.withLock {
                    $0 += 1
                    return $0
                }
                return try #require(URL(string: "\(origin)/a?signature=\(number)"))
            }
            try await ObjectSink(storage, existing: .replace).write(SinkTests.image, as: "a")
            #expect(server.requests.map(\.query) == ["signature=1", "signature=2", "signature=3"])
            #expect(
                server.requests.allSatisfy { $0.body == SinkTests.image.data && $0.headers["if-none-match"] == nil })
        }
    }

    /// What each storage says, with what an error of it must not show.
    static let refusals: [(Int, String, String, ImagesAPIError.Code)] = [
        (403, "AccessDenied", "Request has expired", .presignedURLExpired),
        (400, "ExpiredToken", "The provided token has expired.", .presignedURLExpired),
        (403, "AuthenticationFailed", "Signature not valid in the specified time frame", .presignedURLExpired),
        (403, "SignatureDoesNotMatch", "The signature we calculated does not match.", .signatureRefused),
        (403, "AccessDenied", "Access Denied", .permissionDenied),
        (404, "NoSuchBucket", "The bucket does not exist", .notFound),
        (400, "BadDigest", "The SHA256 you specified did not match", .badRequest),
        (307, "TemporaryRedirect", "Use the other endpoint", .redirectRefused),
    ]

    @Test("turns what a storage says into a typed error, once, without the signature", arguments: refusals)
    func refusal(status: Int, code: String, message: String, expected: ImagesAPIError.Code) async throws {
        try await HTTPStorage.with({ request, _ in
            // As S3 does, with all that was signed.
            let body =
                "<?xml version=\"1.0\"?><Error><Code>\(code)</Code><Message>\(message) \(request.query)</Message>"
                + "<SignatureProvided>\(HTTPStorage.signature)</SignatureProvided></Error>"
            return .init(
                status: status,
                headers: [("location", "http://127.0.0.1:1/?\(request.query)"), ("x-amz-request-id", "r1")],
                body: Data(body.utf8))
        }) { server in
            let error = await #expect(throws: ImagesAPIError.self) {
                try await ObjectSink(server.storage()).write(SinkTests.image, as: "a")
            }
            #expect(error?.code == expected && error?.status == status && server.requests.count == 1)
            #expect(error?.facts["storageCode"] == (status == 307 ? nil : code) && error?.requestID == "r1")
            var shown = ""
            dump(error, to: &shown)
            #expect(!shown.contains(HTTPStorage.signature) && !shown.contains(HTTPStorage.signature.prefix(20)))
        }
    }

    @Test("ends with a typed error when the storage does not respond in time")
    func slow() async throws {
        try await HTTPStorage.with({ _, _ in
            Thread.sleep(forTimeInterval: 1)
            return .init()
        }) { server in
            let storage = server.storage {
                $0.timeouts.firstByte = .milliseconds(50)
                $0.retryPolicy.maxRetries = 1
            }
            let error = await #expect(throws: ImagesAPIError.self) {
                try await ObjectSink(storage).write(SinkTests.image, as: "a")
            }
            #expect(error?.code == .firstByteTimeout && error?.attempts == 2 && error?.facts["mayBeStored"] == "true")
        }
    }

    @Test("is not used with plain http over a network unless that is allowed", arguments: [true, false])
    func plainHTTP(allowed: Bool) async throws {
        var options = ObjectStorage.Options()
        options.allowsHTTP = allowed
        options.retryPolicy = .never
        options.timeouts.connect = .milliseconds(10)
        // An address for documentation, where nobody is (RFC 5737).
        let storage = ObjectStorage(options: options) { _ in try #require(URL(string: "http://192.0.2.1/a?sig=x")) }
        let error = await #expect(throws: ImagesAPIError.self) {
            try await ObjectSink(storage).write(SinkTests.image, as: "a")
        }
        #expect((error?.code == .invalidConfiguration) == !allowed)
    }

    @Test("hides what a signer throws")
    func signer() async throws {
        struct Secret: Error { let key = "secret access key" }
        let storage = ObjectStorage { _ in throw Secret() }
        let error = await #expect(throws: ImagesAPIError.self) {
            try await ObjectSink(storage).write(SinkTests.image, as: "a")
        }
        #expect(error?.code == .invalidConfiguration && error?.message.contains("secret") == false)
    }

    @Test("ends when its task is cancelled")
    func cancelled() async throws {
        try await HTTPStorage.with({ _, _ in
            Thread.sleep(forTimeInterval: 1)
            return .init()
        }) { server in
            let task = Task { try await ObjectSink(server.storage()).write(SinkTests.image, as: "a") }
            while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
            task.cancel()
            let error = await #expect(throws: ImagesAPIError.self) { try await task.value }
            #expect(error?.code == .cancelled && error?.facts["mayBeStored"] == "true")
        }
    }
}
