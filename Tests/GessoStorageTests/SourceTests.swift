import Foundation
import Gesso
import GessoStorage
import Testing

@Suite("An image source", .timeLimit(.minutes(5)))
struct SourceTests {
    /// A file of noise, so that it is larger than the pieces of a probe.
    private static func file(_ encoding: ImageEncoding) throws -> Data {
        var bitmap = try Bitmap(size: Size(width: 700, height: 500), format: .rgb8)
        var state: UInt32 = 1
        try bitmap.withMutableBytes { bytes in
            for index in 0..<bytes.byteCount {
                state = state &* 1_664_525 &+ 1_013_904_223
                bytes.storeBytes(of: UInt8(truncatingIfNeeded: state >> 24), toByteOffset: index, as: UInt8.self)
            }
        }
        return try EncodedImage(bitmap, as: encoding).data
    }

    /// Serves a file, with ranges or without.
    private static func serve(
        _ file: Data, ranges: Bool, _ body: (HTTPStorage) async throws -> Void
    ) async throws {
        try await HTTPStorage.with(
            { request, _ in
                guard ranges, let range = request.headers["range"]?.dropFirst("bytes=".count).split(separator: "-"),
                    let first = Int(range[0]), let last = Int(range[1])
                else { return .init(body: file) }
                guard first < file.count else { return .init(status: 416) }
                let end = min(last + 1, file.count)
                return .init(
                    status: 206, headers: [("content-range", "bytes \(first)-\(end - 1)/\(file.count)")],
                    body: file[first..<end])
            }, body)
    }

    /// The first byte that is requested.
    private static func start(of request: HTTPStorage.Request) -> Int {
        let range = request.headers["range"]?.dropFirst("bytes=".count).split(separator: "-")
        return range?.first.flatMap { Int($0) } ?? 0
    }

    private static func source(_ server: HTTPStorage) -> ImageSource { ImageSource(only: [server.origin]) }

    @Test("fetches an image in one line")
    func fetch() async throws {
        let file = try Self.file(.png())
        try await Self.serve(file, ranges: true) { server in
            let image = try await Image(fetching: server.url(), from: Self.source(server)).thumbnail(100).webp()
            #expect(image.size.longEdge == 100)
            #expect(server.requests.map(\.method) == ["GET"] && server.requests[0].headers["range"] == nil)
        }
    }

    @Test(
        "finds the size in the first bytes of a file",
        arguments: [ImageEncoding.jpeg(), .png(), .webp(), .webpLossless()], [true, false])
    func probe(encoding: ImageEncoding, ranges: Bool) async throws {
        let file = try Self.file(encoding)
        try await Self.serve(file, ranges: ranges) { server in
            let probe = try await Self.source(server).probe(server.url())
            #expect(probe.header.size == Size(width: 700, height: 500) && probe.header.format == encoding.format)
            #expect(probe.byteCount == file.count && probe.bytesRead == 16_384 && server.requests.count == 1)
        }
    }

    @Test("asks for more when the size comes late, and no further than it may", arguments: [true, false])
    func late(ranges: Bool) async throws {
        // The longest comment before the frame header.
        let jpeg = try Self.file(.jpeg())
        let comment = Data([0xFF, 0xFE, 0xFF, 0xFF]) + Data(count: 65_533)
        let file = jpeg.prefix(2) + comment + jpeg.dropFirst(2)
        try await Self.serve(Data(file), ranges: ranges) { server in
            let source = Self.source(server)
            let probe = try await source.probe(server.url())
            #expect(probe.header.size == Size(width: 700, height: 500) && probe.byteCount == file.count)
            let asked = server.requests.map { $0.headers["range"] }
            #expect(
                asked
                    == (ranges
                        ? ["bytes=0-16383", "bytes=16384-65535", "bytes=65536-262143"]
                        : ["bytes=0-16383", "bytes=16384-262143"]))
            let error = await #expect(throws: GessoError.self) {
                try await source.probe(server.url(), maxBytes: 30_000)
            }
            #expect(error?.code == .limitExceeded && error?.facts["allowed"] == "30000")
        }
    }

    @Test("cuts off a server that sends without end")
    func endless() async throws {
        let beginning = Data(try Self.file(.jpeg()).prefix(2)) + Data([0xFF, 0xFE, 0xFF, 0xFF])
        try await HTTPStorage.with({ _, _ in .init(body: beginning + Data(count: 65_535), isEndless: true) }) {
            server in
            let source = Self.source(server)
            await #expect(throws: GessoError.self) { try await source.probe(server.url(), maxBytes: 100_000) }
            // What the sockets hold, and no more.
            #expect(server.bytesSent < 32 << 20)
            var limits = ImageDecoder.Limits.default
            limits.byteCount = 100_000
            let error = await #expect(throws: ImagesAPIError.self) {
                _ = try await Image(fetching: server.url(), from: source, limits: limits)
            }
            #expect(error?.code == .limitExceeded && error?.facts["allowed"] == "100000")
        }
    }

    @Test("gives up on a server that sends less than is requested each time")
    func dripping() async throws {
        let beginning = Data(try Self.file(.jpeg()).prefix(2)) + Data([0xFF, 0xFE, 0xFF, 0xFF])
        let file = beginning + Data(count: 65_535)
        try await HTTPStorage.with({ request, _ in
            let part = Self.start(of: request)..<Self.start(of: request) + 64
            return .init(
                status: 206,
                headers: [("content-range", "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(file.count)")],
                body: file[part])
        }) { server in
            let error = await #expect(throws: ImagesAPIError.self) {
                try await Self.source(server).probe(server.url(), maxBytes: 60_000)
            }
            #expect(error?.code == .malformedResponse && server.requests.count <= 32)
        }
    }

    @Test("takes no more of a part than it requested")
    func longPart() async throws {
        let jpeg = try Self.file(.jpeg())
        let comment = Data([0xFF, 0xFE, 0xFF, 0xFF]) + Data(count: 65_533)
        let file = Data(jpeg.prefix(2) + comment + jpeg.dropFirst(2))
        try await HTTPStorage.with({ request, _ in
            let start = Self.start(of: request)
            return .init(
                status: 206, headers: [("content-range", "bytes \(start)-\(file.count - 1)/\(file.count)")],
                body: file[start...])
        }) { server in
            let probe = try await Self.source(server).probe(server.url())
            #expect(probe.header.size == Size(width: 700, height: 500) && probe.bytesRead <= 262_144)
            #expect(
                server.requests.map { $0.headers["range"] } == [
                    "bytes=0-16383", "bytes=16384-65535", "bytes=65536-262143",
                ])
        }
    }

    @Test("looks at one byte at least", arguments: [0, -5])
    func nothing(maxBytes: Int) async throws {
        let file = try Self.file(.png())
        try await Self.serve(file, ranges: false) { server in
            await #expect(throws: GessoError.self) {
                try await Self.source(server).probe(server.url(), maxBytes: maxBytes)
            }
        }
    }

    @Test(
        "throws what is wrong with the file",
        arguments: [("no image", GessoError.Code.unsupportedFormat), ("", .emptyInput)])
    func noImage(text: String, code: GessoError.Code) async throws {
        try await Self.serve(Data(text.utf8), ranges: true) { server in
            let error = await #expect(throws: GessoError.self) { try await Self.source(server).probe(server.url()) }
            #expect(error?.code == code)
        }
    }

    @Test("refuses a part of the file that was not requested")
    func wrongRange() async throws {
        try await HTTPStorage.with({ _, _ in
            .init(status: 206, headers: [("content-range", "bytes 5-9/10")], body: Data(count: 5))
        }) { server in
            let error = await #expect(throws: ImagesAPIError.self) { try await Self.source(server).probe(server.url()) }
            #expect(error?.code == .malformedResponse)
        }
    }

    @Test(
        "refuses addresses that its rules do not name",
        arguments: [
            "http://127.0.0.1:1/", "https://127.0.0.1/", "https://10.0.0.1/", "https://169.254.169.254/",
            "file:///etc/passwd",
            "https://localhost:8443/", "https://[::1]/",
        ])
    func inward(url: String) async throws {
        let url = try #require(URL(string: url))
        let error = await #expect(throws: ImagesAPIError.self) { _ = try await Image(fetching: url) }
        #expect(error?.code == .fetchRefused)
    }

    @Test("reads from the origins that it was given, and from no other port, scheme or host")
    func origins() async throws {
        try await HTTPStorage.with({ _, _ in .init(body: Data("x".utf8)) }) { server in
            let source = ImageSource(only: [server.origin])
            let data = try await source.data(at: server.url())
            #expect(data == Data("x".utf8))
            for other in [
                "http://127.0.0.1:\(server.port - 1)/", "http://localhost:\(server.port)/", "https://127.0.0.1/",
            ] {
                let error = await #expect(throws: ImagesAPIError.self) {
                    _ = try await source.data(at: try #require(URL(string: other)))
                }
                #expect(error?.code == .fetchRefused, "\(other)")
            }
            #expect(server.requests.count == 1)
        }
    }

    @Test("follows redirects within its rules only", arguments: [true, false])
    func redirects(inside: Bool) async throws {
        try await HTTPStorage.with({ request, _ in
            guard request.path == "/image" else { return .init(body: Data("x".utf8)) }
            return .init(status: 302, headers: [("location", inside ? "/other?a=b" : "https://169.254.169.254/other")])
        }) { server in
            let source = ImageSource(only: [server.origin])
            do throws(ImagesAPIError) {
                let data = try await source.data(at: server.url())
                #expect(inside && data == Data("x".utf8))
                #expect(server.requests.map(\.path) == ["/image", "/other"])
            } catch {
                #expect(!inside && error.code == .fetchRefused && server.requests.count == 1)
            }
        }
    }

    @Test("follows a redirect that repeats the secrets of the request's query")
    func redirectWithSignature() async throws {
        let query = "X-Amz-Signature=\(HTTPStorage.signature)"
        try await HTTPStorage.with({ request, _ in
            guard request.path == "/image" else { return .init(body: Data("x".utf8)) }
            return .init(status: 307, headers: [("location", "/other?\(request.query)")])
        }) { server in
            let data = try await ImageSource(only: [server.origin]).data(at: server.url(query: "?\(query)"))
            #expect(data == Data("x".utf8) && server.requests.map(\.query) == [query, query])
        }
    }

    @Test("ends a loop of redirects")
    func loop() async throws {
        try await HTTPStorage.with({ _, _ in .init(status: 301, headers: [("location", "/image")]) }) { server in
            let error = await #expect(throws: ImagesAPIError.self) {
                _ = try await ImageSource(only: [server.origin]).data(at: server.url())
            }
            #expect(error?.code == .fetchRefused && server.requests.count == 4)
        }
    }

    @Test("repeats a failed request, and shows no query in its errors")
    func retries() async throws {
        try await HTTPStorage.with({ _, number in number < 3 ? .init(status: 503) : .init(status: 403) }) { server in
            var policy = ImagesClient.RetryPolicy()
            policy.baseDelay = .milliseconds(1)
            let source = ImageSource(only: [server.origin], retryPolicy: policy)
            let error = await #expect(throws: ImagesAPIError.self) {
                _ = try await source.data(at: server.url(query: "?X-Amz-Signature=\(HTTPStorage.signature)"))
            }
            #expect(error?.code == .permissionDenied && error?.attempts == 3 && server.requests.count == 3)
            #expect("\(error.debugDescription)\(error?.facts ?? [:])".contains(HTTPStorage.signature) == false)
        }
    }
}
