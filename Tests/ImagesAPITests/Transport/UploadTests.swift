import Foundation
import Testing

@testable import ImagesAPI

/// Servers that close the connection or respond while images are still being sent.
///
/// The suite tries 100 offsets; with `GESSO_FAULTS=all`, in Scripts/faults, it is 2,500, in four ways each.
@Suite("Interrupted uploads")
struct UploadTests {
    static let size = 10_000_000

    private static func edit(_ prompt: String, _ upload: ImageUpload) -> EditRequest {
        EditRequest(images: [upload], prompt: prompt, model: "m")
    }

    /// More bytes than may be under way between a client and the server: the kernel's buffers, and as much again as a write.
    private static let underWay: Int = {
        let text = (try? String(contentsOfFile: "/proc/sys/net/ipv4/tcp_wmem", encoding: .utf8)) ?? ""
        return (text.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) } ?? 4 << 20)
            + UploadServer.receiveBuffer + 1 << 20
    }()

    /// What is wrong with the outcome of an upload, or nil.
    private static func verdict(_ end: UploadServer.End, _ offset: Int, _ error: ImagesAPIError?) -> String? {
        guard let error else { return "no error" }
        switch (end, error.status) {
        case (.refuse, 413), (.refuseAndClose, 413):
            guard error.apiError?.message == "early" else { return "no message" }
            return error.mayHaveBeenBilled || error.isRetryable ? "a refusal that may have been billed" : nil
        case (.refuse, _): return "\(error.code) in place of the refusal"
        case (.close, _), (.reset, _), (.refuseAndClose, _):
            guard error.code == .connectionLost, error.status == nil else { return "\(error.code)" }
            // The last bytes may have gone out to a server that did not read them.
            guard offset + underWay >= size || !error.mayHaveBeenBilled else { return "billed although not sent" }
            return error.isRetryable == error.mayHaveBeenBilled ? "billed and retryable are the same" : nil
        }
    }

    @Test("After any byte, the error is the refusal or the lost connection, and says that nothing was paid")
    func anywhere() async throws {
        let server = try UploadServer()
        defer { server.stop() }
        let upload = try ImageUpload(Samples.png(byteCount: Self.size))
        let client = try Samples.client(server.baseURL)
        var generator = SplitMix(seed: 15)
        let edges = [0, 1, 300, 1_000, 65_535, 65_536, 65_537, 262_144, Self.size - 1, Self.size]
        let offsets =
            edges
            + (edges.count..<(FaultTests.takesAll ? 2_500 : 100)).map { _ in
                Int.random(in: 0..<Self.size, using: &generator)
            }
        let wrong = await withTaskGroup(of: [String].self) { group in
            for share in 0..<8 {
                group.addTask {
                    var wrong: [String] = []
                    for offset in stride(from: share, to: offsets.count, by: 8).map({ offsets[$0] }) {
                        for end in UploadServer.End.allCases {
                            var failure: ImagesAPIError?
                            do {
                                _ = try await client.edit(Self.edit(UploadServer.prompt(end, offset: offset), upload))
                            } catch { failure = error as? ImagesAPIError }
                            if let what = Self.verdict(end, offset, failure) {
                                wrong.append("\(end) at \(offset): \(what)")
                            }
                        }
                    }
                    return wrong
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(wrong.isEmpty, "\(wrong.count) wrong: \(wrong.prefix(10))")
        if FaultTests.takesAll { print("\(offsets.count) cuts of an upload in four ways, \(wrong.count) wrong") }
        client.shutdown()
        await client.waitUntilShutDown()
    }

    @Test("A refusal that arrives while the images are still being sent is read", arguments: [413, 400, 401])
    func earlyRefusal(status: Int) async throws {
        let server = try UploadServer()
        defer { server.stop() }
        let upload = try ImageUpload(Samples.png(byteCount: 2 * Self.size))
        let request = Self.edit(UploadServer.prompt(.refuse, offset: 2_000_000, status: status), upload)
        let client = try Samples.client(server.baseURL)
        let error = await #expect(throws: ImagesAPIError.self) { try await client.edit(request) }
        #expect(error?.status == status && error?.mayHaveBeenBilled == false)
        #expect(error?.apiError?.message == "early")
    }
}
