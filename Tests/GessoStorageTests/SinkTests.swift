import Foundation
import Gesso
import StorageDouble
import Synchronization
import Testing

@testable import GessoStorage

@Suite("A sink", .timeLimit(.minutes(5)))
struct SinkTests {
    static let image = EncodedImage(
        data: Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }), format: .webp,
        size: Size(width: 10, height: 10))

    @Test(
        "of files writes each whole, and keeps, replaces or refuses what is there",
        arguments: [StoredImage.Existing.keep, .replace, .refuse])
    func files(existing: StoredImage.Existing) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gesso-sink-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let sink = FileSink(folder, existing: existing)
        let first = try await sink.write(Self.image, as: "a.webp")
        #expect(first == StoredImage(name: "a.webp", byteCount: 200_000, location: folder.appending(path: "a.webp")))
        let other = EncodedImage(data: Data("other".utf8), format: .webp, size: Size(width: 1, height: 1))
        do {
            let stored = try await sink.write(other, as: "a.webp")
            #expect(existing != .refuse && stored.wasKept == (existing == .keep))
        } catch let error as GessoError {
            #expect(existing == .refuse && error.code == .fileExists)
        }
        let expected = existing == .replace ? other.data : Self.image.data
        #expect(try Data(contentsOf: folder.appending(path: "a.webp")) == expected)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.webp"])
    }

    @Test("of files never leaves its directory", arguments: ["../a.webp", "/tmp/a.webp", ".a", "", "a/b"])
    func names(name: String) async throws {
        let error = await #expect(throws: GessoError.self) {
            try await FileSink(URL(filePath: "/tmp")).write(Self.image, as: name)
        }
        #expect(error?.code == .invalidParameter)
    }

    @Test(
        "of streams hands over every byte in pieces of the stated size", arguments: [1_000, 65_536, 200_000, 1 << 20])
    func pieces(pieceBytes: Int) async throws {
        let taken = Mutex<[Data]>([])
        let sink = ByteStreamSink(pieceBytes: pieceBytes) { name, pieces in
            #expect(name == "a")
            for try await piece in pieces { taken.withLock { $0.append(piece) } }
        }
        let stored = try await sink.write(Self.image, as: "a")
        let all = taken.withLock { $0 }
        #expect(stored.byteCount == 200_000 && all.allSatisfy { $0.count <= pieceBytes && !$0.isEmpty })
        #expect(Data(all.joined()) == Self.image.data)
    }

    @Test("of streams takes nothing from the image before it is asked for")
    func backPressure() async throws {
        let sink = ByteStreamSink(pieceBytes: 50_000) { _, pieces in
            var iterator = pieces.makeAsyncIterator()
            #expect(pieces.position.bytes == 0)
            for number in 1...4 {
                let piece = try await iterator.next()
                #expect(piece?.count == 50_000)
                // Time for whatever might run ahead.
                for _ in 0..<100 { await Task.yield() }
                #expect(pieces.position.bytes == number * 50_000)
            }
            let last = try await iterator.next()
            #expect(last == nil)
        }
        #expect(try await sink.write(Self.image, as: "a").byteCount == 200_000)
    }

    @Test("of streams tells that its consumer went away, and with what error", arguments: [true, false])
    func consumerGone(throwing: Bool) async throws {
        struct Gone: Error {}
        let sink = ByteStreamSink(pieceBytes: 1_000) { _, pieces in
            for try await _ in pieces {
                if throwing { throw Gone() }
                return
            }
        }
        do {
            try await sink.write(Self.image, as: "a")
            Issue.record("a part of an image is no success")
        } catch is Gone {
            #expect(throwing)
        } catch let error as GessoError {
            #expect(!throwing && error.code == .fileNotWritable && error.facts["found"] == "1000")
        }
    }

    @Test("of objects sends the image with its type and checksum, and the signer sees what is sent")
    func object() async throws {
        try await HTTPStorage.with({ _, _ in .init() }) { server in
            let signed = Mutex<[ObjectStorage.Request]>([])
            let storage = ObjectStorage { [url = server.url()] request in
                signed.withLock { $0.append(request) }
                return url
            }
            let sink = ObjectSink(storage, checksum: .sha256, headers: ["Cache-Control": "max-age=60"])
            try await sink.write(Self.image, as: "thumbnails/ä b.webp")
            let request = try #require(server.requests.first)
            #expect(request.method == "PUT" && request.body == Self.image.data)
            let expected = [
                "if-none-match": "*", "content-type": "image/webp", "cache-control": "max-age=60",
                "content-length": "200000", "x-amz-checksum-sha256": Self.checksum,
            ]
            for (name, value) in expected { #expect(request.headers[name] == value, "\(name)") }
            #expect(request.headers["expect"] == nil && request.headers["transfer-encoding"] == nil)
            #expect(signed.withLock { $0 }.map(\.key) == ["thumbnails/ä b.webp"])
            let headers = try #require(signed.withLock { $0.first?.headers })
            #expect(headers.allSatisfy { request.headers[$0.key] == $0.value } && headers.count == 4)
        }
    }

    @Test(
        "of objects sends no header field that could inject another",
        arguments: [
            ("content-disposition", "inline; filename=\"a\r\nx-amz-acl: public-read\""), ("x y", "a"),
            ("x-a: b\r\nx-c", "d"),
            ("content-length", "1"), ("", "a"),
        ])
    func headerInjection(name: String, value: String) async throws {
        try await HTTPStorage.with({ _, _ in .init() }) { server in
            let sink = ObjectSink(server.storage(), headers: [name: value])
            let error = await #expect(throws: ImagesAPIError.self) { try await sink.write(Self.image, as: "a") }
            #expect(error?.code == .invalidConfiguration && server.requests.isEmpty)
        }
    }

    /// Of the 200,000 bytes, by Python's hashlib.
    private static let checksum = "5UlBju7z2kerV2fAPGm7wXZnBIYPQAsT+fkLwilC/oA="

    @Test(
        "of objects keeps, replaces or refuses what is there",
        arguments: [StoredImage.Existing.keep, .replace, .refuse])
    func existing(existing: StoredImage.Existing) async throws {
        let double = StorageDouble()
        double.set("a", Data("other".utf8))
        do {
            let stored = try await ObjectSink(double.storage(), existing: existing).write(Self.image, as: "a")
            #expect(existing != .refuse && stored.wasKept == (existing == .keep))
        } catch let error as GessoError {
            #expect(existing == .refuse && error.code == .fileExists)
        }
        #expect(double["a"] == (existing == .replace ? Self.image.data : Data("other".utf8)))
    }

    @Test("of objects recognizes its own image when a response was lost, and no other one", arguments: [true, false])
    func lostResponse(isOwn: Bool) async throws {
        let double = StorageDouble()
        double.fail(.put, "a", isOwn ? .lostResponse : .lostRequest)
        if !isOwn { double.set("a", Data("other".utf8)) }
        let stored = try await ObjectSink(double.storage(), existing: .keep).write(Self.image, as: "a")
        #expect(stored.wasKept != isOwn)
    }

    @Test(
        "of objects stores its image when another write in progress comes to nothing",
        arguments: [StoredImage.Existing.keep, .refuse])
    func conflict(existing: StoredImage.Existing) async throws {
        let double = StorageDouble()
        let conflict = StorageDouble.Fault.status(409, code: "ConditionalRequestConflict")
        double.fail(.put, "a", conflict, conflict)
        let stored = try await ObjectSink(double.storage(), existing: existing).write(Self.image, as: "a")
        #expect(!stored.wasKept && double["a"] == Self.image.data)
        for _ in 0..<40 { double.fail(.put, "b", conflict) }
        let error = await #expect(throws: ImagesAPIError.self) {
            try await ObjectSink(double.storage(), existing: existing).write(Self.image, as: "b")
        }
        #expect(error?.code == .serverError && error?.status == 409)
    }

    @Test("of objects knows that Azure has the object when it says so with 409")
    func azure() async throws {
        let double = StorageDouble()
        double.fail(.put, "a", .status(409, code: "BlobAlreadyExists"))
        let stored = try await ObjectSink(double.storage(), existing: .keep).write(Self.image, as: "a")
        #expect(stored.wasKept && double.log.count == 1)
    }

    @Test("of objects says that its image may be stored when it cannot be read back, and reads no more than it wrote")
    func readBack() async throws {
        try await HTTPStorage.with({ request, number in
            guard request.method == "PUT" else { return .init(status: 403) }
            return number == 1 ? .init(breaksOff: true) : .init(status: 412)
        }) { server in
            let error = await #expect(throws: ImagesAPIError.self) {
                try await ObjectSink(server.storage(), existing: .keep).write(Self.image, as: "a")
            }
            #expect(error?.code == .permissionDenied && error?.facts["mayBeStored"] == "true")
        }
        try await HTTPStorage.with({ request, number in
            guard request.method == "PUT" else { return .init(isEndless: true) }
            return number == 1 ? .init(breaksOff: true) : .init(status: 412)
        }) { server in
            let stored = try await ObjectSink(server.storage(), existing: .keep).write(Self.image, as: "a")
            #expect(stored.wasKept && server.bytesSent < 32 << 20)
        }
    }

    @Test(
        "of objects repeats what may pass and nothing else",
        arguments: [
            (503, "SlowDown", 3), (500, "InternalError", 3), (429, "TooManyRequests", 3), (400, "BadDigest", 1),
            (403, "AccessDenied", 1), (404, "NoSuchBucket", 1), (411, "MissingContentLength", 1),
        ])
    func retries(status: Int, code: String, attempts: Int) async throws {
        let double = StorageDouble()
        double.failAll(.status(status, code: code))
        let error = await #expect(throws: ImagesAPIError.self) {
            try await ObjectSink(double.storage(retries: 2)).write(Self.image, as: "a")
        }
        #expect(error?.attempts == attempts && double.log.count == attempts)
        #expect(error?.status == status && error?.facts["storageCode"] == code)
        #expect(error?.facts["mayBeStored"] == (status >= 500 ? "true" : nil))
        #expect(error?.mayHaveBeenBilled == false)
    }
}
