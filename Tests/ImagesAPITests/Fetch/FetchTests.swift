import Foundation
import Testing

@testable import ImagesAPI

@Suite("Fetching images by URL")
struct FetchTests {
    private static func isPublic(_ text: String) -> Bool? {
        var six = in6_addr()
        if inet_pton(AF_INET6, text, &six) == 1 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_addr = six
            return withUnsafeBytes(of: &address) { AddressRules.isPublic($0) }
        }
        var four = in_addr()
        guard inet_pton(AF_INET, text, &four) == 1 else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr = four
        return withUnsafeBytes(of: &address) { AddressRules.isPublic($0) }
    }

    @Test(
        "Addresses that lead inward are refused",
        arguments: [
            "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
            "127.1.2.3",
            "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1",
            "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
            "255.255.255.255", "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
            "::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1",
            "64:ff9b:1::8.8.8.8",
            "100::1", "2001::1", "2001:0:7f00:1::", "2001:0:808:808::f5ff:fffe", "2001:2::1", "2001:10::1",
            "2001:db8::1",
            "2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:1::1", "2002:a9fe:a9fe::", "2606:4700::5efe:10.0.0.1",
            "2606:4700::200:5efe:127.0.0.1", "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1",
            "febf::1", "fec0::1", "ff02::1", "ff0e::1",
        ])
    func inward(address: String) { #expect(Self.isPublic(address) == false) }

    @Test(
        "Addresses of the public internet are not",
        arguments: [
            "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
            "128.0.0.1",
            "169.253.0.1", "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.167.255.255", "198.17.255.255",
            "223.255.255.255",
            "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1", "2001:200::1",
            "2606:4700::5efe:8.8.8.8",
        ])
    func outward(address: String) { #expect(Self.isPublic(address) == true) }

    @Test("Addresses that are not internet addresses are refused")
    func otherFamilies() {
        #expect(!AddressRules.isPublic(UnsafeRawBufferPointer(start: nil, count: 0)))
        var address = sockaddr()
        address.sa_family = sa_family_t(AF_UNIX)
        #expect(withUnsafeBytes(of: &address) { !AddressRules.isPublic($0) })
    }

    private func policy(_ server: LoopbackServer, inward: Bool = false) -> ImagesClient.FetchPolicy {
        var policy = ImagesClient.FetchPolicy()
        policy.allowsHTTP = true
        policy.allowedPorts = [Int(server.port)]
        policy.allowsPrivateAddresses = inward
        return policy
    }

    @Test(
        "No spelling of loopback gets a connection",
        arguments: [
            "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.0.0.1", "127.0.0.1.", "localhost",
            "LOCALHOST",
            "0.0.0.0", "0", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::]", "127.0.1.1", "[::ffff:0.0.0.0]",
        ])
    func spellings(host: String) async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(headers: [], body: Samples.png) }
        defer { server.stop() }
        let client = try Samples.client("https://api.example.com")
        let policy = policy(server)
        let error = await #expect(throws: ImagesAPIError.self) {
            _ = try await client.fetch("http://\(host):\(server.port)/x.png?secret=1", policy: policy)
        }
        #expect(error?.code == .fetchRefused || error?.code == .couldNotResolve, "\(String(describing: error))")
        #expect(error?.description.contains("secret") == false)
        #expect(server.connections == 0)
    }

    @Test(
        "What no policy allows is refused before the network",
        arguments: [
            "", "x", "ftp://example.com/x", "file:///etc/passwd", "http://example.com/x", "https://example.com:8443/x",
            "https://user:pw@example.com/x", "javascript:1", "data:image/png;base64,AAAA", "https://", "//example.com",
            "https://exa mple.com/",
        ])
    func refused(url: String) async throws {
        let client = try Samples.client("https://api.example.com")
        let error = await #expect(throws: ImagesAPIError.self) { try await client.fetch(url) }
        #expect(error?.code == .fetchRefused)
        #expect(error?.description.contains("pw") == false)
    }

    @Test("Only allowed hosts are fetched from, and a proxy requires a list of them")
    func hosts() async throws {
        let client = try Samples.client("https://api.example.com")
        var policy = ImagesClient.FetchPolicy()
        policy.allowedHosts = ["images.example.com"]
        let other = await #expect(throws: ImagesAPIError.self) {
            try await client.fetch("https://example.com/x", policy: policy)
        }
        #expect(other?.code == .fetchRefused)
        policy.allowedHosts = nil
        policy.proxy = "http://127.0.0.1:9"
        let proxy = await #expect(throws: ImagesAPIError.self) {
            try await client.fetch("https://example.com/x", policy: policy)
        }
        #expect(proxy?.code == .fetchRefused)
    }

    @Test("An image is fetched without credentials, along redirects, on connections of its own")
    func fetches() async throws {
        let server = try LoopbackServer { connection, request in
            let cookie = "Set-Cookie: a=b; Path=/"
            if request.line.contains("/a") { connection.respond(302, headers: ["Location: b?x=1", cookie], json: "") }
            if request.line.contains("/b") {
                connection.respond(307, headers: ["Location: /c/d.png", cookie], json: "")
            }
            if request.line.contains("/c/d.png") {
                connection.respond(headers: ["Content-Type: text/plain"], body: Samples.png)
            }
            if request.line.contains("generations") {
                connection.respond(json: "{\"data\":[{\"url\":\"\(request["host"] ?? "")\",\"revised_prompt\":\"r\"}]}")
            }
        }
        defer { server.stop() }
        let own = ["x-own", "openai-organization", "openai-project"]
        let client = try Samples.client(server) {
            $0.headers = [("X-Own", "1")]
            $0.organization = "o"
            $0.project = "p"
        }
        var response = try await client.generate(Samples.generation)
        #expect(response.images[0].data == nil && response.images[0].revisedPrompt == "r")
        response.images[0].url = "http://127.0.0.1:\(server.port)/a"
        let whole = try await client.fetchImages(of: response, policy: policy(server, inward: true))
        #expect(whole.images[0].data == Samples.png && whole.images[0].contentType == .png)
        #expect(
            server.requests.map(\.line) == [
                "POST /v1/images/generations HTTP/1.1", "GET /a HTTP/1.1", "GET /b?x=1 HTTP/1.1",
                "GET /c/d.png HTTP/1.1",
            ])
        #expect((own + ["authorization"]).allSatisfy { server.requests.first?[$0] != nil })
        for request in server.requests.dropFirst() {
            #expect((own + ["authorization", "cookie"]).allSatisfy { request[$0] == nil })
        }
        #expect(server.connections == 4)
    }

    @Test(
        "Redirects in a circle, inward, to other ports and schemes end",
        arguments: ["/loop", "https://127.0.0.1/x", "http://127.0.0.1:1/x", "file:///etc/passwd", ""])
    func redirects(location: String) async throws {
        let server = try LoopbackServer { connection, _ in
            connection.respond(301, headers: ["Location: \(location)"], json: "")
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        let policy = policy(server, inward: true)
        let error = await #expect(throws: ImagesAPIError.self) {
            try await client.fetch("http://127.0.0.1:\(server.port)/loop", policy: policy)
        }
        #expect(error?.code == .fetchRefused)
        #expect(server.requests.count == (location == "/loop" || location.isEmpty ? 4 : 1))
    }

    @Test("Fetched bytes that are too large, not an image, or an error are not returned")
    func wrong() async throws {
        let server = try LoopbackServer { connection, request in
            switch request.line.split(separator: " ")[1] {
            case "/large": connection.respond(headers: [], body: Samples.png(byteCount: 5_000))
            case "/largest": connection.respond(headers: [], body: Samples.png(byteCount: 4_999))
            case "/endless":
                connection.write("HTTP/1.1 200 OK\r\n\r\n")
                connection.write(Samples.png(byteCount: 5_000))
                // Nothing but its length says that it is too long.
                _ = connection.seesHangUp(within: 20)
                connection.close()
            case "/text": connection.respond(headers: ["Content-Type: image/png"], json: "hello")
            default: connection.respond(403, headers: [], json: "no")
            }
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        var limited = policy(server, inward: true)
        limited.maxBytes = 4_999
        let policy = limited
        for (path, code) in [
            ("large", ImagesAPIError.Code.limitExceeded), ("endless", .limitExceeded), ("text", .malformedImage),
            ("x", .permissionDenied),
        ] {
            let error = await #expect(throws: ImagesAPIError.self) {
                try await client.fetch("http://127.0.0.1:\(server.port)/\(path)", policy: policy)
            }
            #expect(error?.code == code && error?.mayHaveBeenBilled == false)
        }
        let largest = try await client.fetch("http://127.0.0.1:\(server.port)/largest", policy: policy)
        #expect(largest == Samples.png(byteCount: 4_999))
    }

    @Test("A fetch has a timeout of its own, independent of the client's")
    func timeout() async throws {
        let server = try LoopbackServer { connection, _ in
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
            while connection.write("x"), !connection.seesHangUp(within: 0.05) {}
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        var limited = policy(server, inward: true)
        limited.timeout = .milliseconds(300)
        let policy = limited
        let error = await #expect(throws: ImagesAPIError.self) {
            try await client.fetch("http://127.0.0.1:\(server.port)/x", policy: policy)
        }
        #expect(error?.code == .totalTimeout && error?.mayHaveBeenBilled == false)
    }
}
