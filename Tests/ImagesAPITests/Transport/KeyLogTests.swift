#if os(Linux)
import Foundation
import Testing

@testable import ImagesAPI

/// libcurl reads SSLKEYLOGFILE once for a process, so each case is a process of its own.
@Suite("TLS session keys", .serialized)
struct KeyLogTests {
    /// URL, file of the certificate authority, "true" if logging is allowed, and a file for the result.
    private static let variable = "GESSO_KEY_LOG"
    private static let inner = ProcessInfo.processInfo.environment[variable]?.components(separatedBy: "|")

    private static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    private static let hasOpenSSL: Bool = {
        guard let process = try? run(["openssl", "version"]) else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    @Test("One request over TLS, in a process with SSLKEYLOGFILE", .enabled(if: inner != nil))
    func request() async throws {
        let inner = try #require(Self.inner)
        let client = try Samples.client(inner[0]) {
            $0.certificateAuthorityFile = inner[1]
            $0.allowsTLSKeyLog = inner[2] == "true"
            $0.retryPolicy.maxRetries = 0
        }
        let error = await #expect(throws: ImagesAPIError.self) { try await client.file("f") }
        try Data((error?.code.rawValue ?? "").utf8).write(to: URL(filePath: inner[3]))
    }

    @Test(
        "SSLKEYLOGFILE is ignored unless the configuration allows it, and a file that is there stays as it is",
        .enabled(if: inner == nil && hasOpenSSL, "needs openssl"),
        arguments: [(allowed: false, exists: false), (false, true), (true, true)])
    func ignored(allowed: Bool, exists: Bool) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "key-log-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func path(_ name: String) -> String { folder.appending(path: name).path }
        let certificate = try Self.run(
            [
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost", "-keyout", path("key.pem"), "-out", path("cert.pem"),
            ])
        certificate.waitUntilExit()
        let port = try DeadPort().port
        let server = try Self.run(
            [
                "openssl", "s_server", "-www", "-quiet", "-accept", "127.0.0.1:\(port)", "-key", path("key.pem"),
                "-cert",
                path("cert.pem"),
            ])
        defer { server.terminate() }
        if exists { try Data().write(to: URL(filePath: path("keys"))) }
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        var code = ""
        // The server takes a moment to listen.
        for _ in 0..<50 where code.isEmpty || code == "couldNotConnect" {
            try await Task.sleep(for: .milliseconds(100))
            let values = ["https://localhost:\(port)/v1", path("cert.pem"), "\(allowed)", path("code")]
            let client = try Self.run(
                [program, "--testing-library", "swift-testing", "--filter", "KeyLogTests/request"],
                environment: ["SSLKEYLOGFILE": path("keys"), Self.variable: values.joined(separator: "|")])
            client.waitUntilExit()
            code = (try? String(contentsOfFile: path("code"), encoding: .utf8)) ?? ""
        }
        // The handshake succeeded, and the response was a page instead of JSON.
        #expect(code == "unexpectedContent")
        let keys = try? String(contentsOfFile: path("keys"), encoding: .utf8)
        if allowed {
            #expect(keys?.contains("TRAFFIC_SECRET") == true)
        } else {
            #expect(keys == (exists ? "" : nil))
        }
    }
}
#endif
