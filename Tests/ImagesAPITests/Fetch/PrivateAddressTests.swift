#if os(Linux)
import Foundation
import Testing

@testable import ImagesAPI

/// Runs ``PrivateAddressTests`` in a network of its own.
@Suite("Private addresses cannot be fetched from")
struct PrivateAddressRunTests {
    @Test(
        "In a network where every private address responds",
        .enabled(if: OwnNetwork.isAvailable && !OwnNetwork.isInside, "needs unshare -rnm and ip"))
    func all() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "own-network-\(UUID())")
        try Data().write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let filter = ["--testing-library", "swift-testing", "--filter", "PrivateAddressTests"]
        #expect(OwnNetwork.run([program] + filter, protocolFile: file.path) == 0)
        let cases = Set(try String(contentsOf: file, encoding: .utf8).split(separator: "\n"))
        let expected =
            PrivateAddressTests.connectable.count + PrivateAddressTests.odd.count + PrivateAddressTests.names.count + 3
        #expect(cases.count == expected)
    }
}

/// In a network namespace where every address is local, so that only the check prevents a connection.
@Suite(
    "Addresses that lead inward, with a name server of the tests' own", .enabled(if: OwnNetwork.isInside), .serialized)
struct PrivateAddressTests {
    /// Spellings that lead to a server when private addresses are allowed, which shows that the check alone stops them.
    static let connectable = [
        "127.0.0.1", "127.1", "127.0.1", "127.0.1.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7F000001",
        "0x7f.0.0.1", "0x7f.0x0.0x0.0x1", "0177.0.0.1", "0177.0.0.01", "017700000001", "127.0x1", "0x7f.1",
        "127.0.0.0x1",
        "00000177.0.0.1", "localhost", "LocalHost", "0.0.0.0", "0", "0x0", "00", "0.0", "[::1]", "[::]",
        "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::FFFF:7F00:0001]",
        "[0:0:0:0:0:ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::ffff:a9fe:a9fe]", "10.0.0.1", "10.1", "0xa000001",
        "167772161", "012.0.0.1", "172.16.0.1", "0xac.16.0.1", "2886729729", "192.168.0.1", "192.168.1",
        "0300.0250.0.1",
        "3232235521", "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.16689662",
        "100.64.0.1", "198.18.0.1", "192.0.2.1", "[fd12:3456::1]", "[fec0::1]", "[2002:7f00:1::1]",
        "[2002:a9fe:a9fe::1]", "[2001:0:7f00:1::1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]",
        "[64:ff9b::169.254.169.254]", "[64:ff9b:1::7f00:1]", "[2606:4700::5efe:127.0.0.1]",
        "[2606:4700::200:5efe:10.0.0.1]", "[2001:db8::1]", "[3fff::1]", "[100::1]", "%31%32%37.0.0.1", "127%2e0.0.1",
        "%6c%6f%63alhost",
    ]

    /// Spellings that some programs take for an inward address; here they are refused or are no address.
    static let odd = [
        "127.0.0.1.", "localhost.", "[::127.0.0.1]", "[::7f00:1]", "[::ffff:0:127.0.0.1]", "[::1%25lo]", "[::1%lo]",
        "[fe80::1%25lo]", "[fe80::1]", "①②⑦.⓪.⓪.①",
        "\u{FF11}\u{FF12}\u{FF17}.\u{FF10}.\u{FF10}.\u{FF11}", "127\u{3002}0\u{3002}0\u{3002}1",
        "127\u{FF0E}0\u{FF0E}0\u{FF0E}1", "127\u{FF61}0\u{FF61}0\u{FF61}1", "127.0.0.\u{0661}",
        "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "8.8.8.8@127.0.0.1", "8.8.8.8:80@127.0.0.1", "8.8.8.8%40127.0.0.1", "8.8.8.8%00.127.0.0.1",
        "8.8.8.8%2f@127.0.0.1", "8.8.8.8\\@127.0.0.1", "127.0.0.1\\@8.8.8.8", "8.8.8.8%23@127.0.0.1", "127.0.0.1%20",
        "127.0.0.1%09", "%00127.0.0.1", "0x7f.0.0.0.1", "127.0.0.256", "0b1111111.0.0.1", "[127.0.0.1]", "[::1",
        "256.0.0.1", "4294967297", "0x17f000001", "::1", "[::1]x", "127.0.0.1:80:80", "①２⑦.1",
    ]

    /// Names, and what the name server says of them.
    static let names: [String: NameServer.Record] = [
        "loopback.test": .init(addresses: [["127.0.0.1"]]), "loopback6.test": .init(addresses6: ["::1"]),
        "private.test": .init(addresses: [["10.0.0.1"]]), "metadata.test": .init(addresses: [["169.254.169.254"]]),
        "unspecified.test": .init(addresses: [["0.0.0.0"]]), "mapped.test": .init(addresses6: ["::ffff:127.0.0.1"]),
        "local6.test": .init(addresses6: ["fd12:3456::1"]), "six-to-four.test": .init(addresses6: ["2002:7f00:1::1"]),
        "nat64.test": .init(addresses6: ["64:ff9b::7f00:1"]), "alias.test": .init(alias: "loopback.test"),
        "several.test": .init(addresses: [["192.168.0.1", "10.0.0.1", "127.0.0.1"]], addresses6: ["::1", "fec0::1"]),
    ]
    private static let scripted: [String: NameServer.Record] = [
        "outward.test": .init(addresses: [["8.8.8.8"]]),
        "rebinding.test": .init(addresses: [["8.8.8.8"], ["127.0.0.1"]]),
        // No server listens at the first address, so that the second is tried.
        "mixed.test": .init(addresses: [["8.8.4.4", "127.0.0.1"]]),
        "mixed6.test": .init(addresses: [["127.0.0.1"]], addresses6: ["2606:4700::2222"]),
    ]
    private static let resolver = try? NameServer(names.merging(scripted) { $1 })

    private func policy(_ server: LoopbackServer, inward: Bool = false) -> ImagesClient.FetchPolicy {
        var policy = ImagesClient.FetchPolicy()
        policy.allowsHTTP = true
        policy.allowedPorts = [Int(server.port)]
        policy.allowsPrivateAddresses = inward
        policy.maxRedirects = 5
        return policy
    }

    /// A server at every address of the network that sends an image, or on whose paths `/to/HOST` a redirect.
    private func server() throws -> LoopbackServer {
        try LoopbackServer(host: "::") { connection, request in
            let path = request.line.split(separator: " ")[1]
            if path.hasPrefix("/to/") {
                let location = path.dropFirst(4).replacingOccurrences(of: "!", with: "/")
                connection.respond(302, headers: ["Location: \(location)"], json: "")
            } else {
                connection.respond(headers: [], body: Samples.png)
            }
        }
    }

    private func fetch(_ url: String, _ policy: ImagesClient.FetchPolicy) async throws -> Result<Data, ImagesAPIError> {
        let client = try Samples.client("https://api.example.com") {
            $0.timeouts.connect = .seconds(3)
        }
        defer { client.shutdown() }
        do throws(ImagesAPIError) {
            return .success(try await client.fetch(url, policy: policy))
        } catch {
            return .failure(error)
        }
    }

    private func code(_ result: Result<Data, ImagesAPIError>) -> ImagesAPIError.Code? {
        if case .failure(let error) = result { error.code } else { nil }
    }

    @Test("Without the address check, unusual spellings would reach private addresses", arguments: connectable)
    func spelling(host: String) async throws {
        #expect(Self.resolver != nil)
        let server = try server()
        defer { server.stop() }
        let url = "http://\(host):\(server.port)/image"
        #expect(code(try await fetch(url, policy(server))) == .fetchRefused)
        #expect(server.connections == 0)
        let allowed = try await fetch(url, policy(server, inward: true))
        #expect(try allowed.get() == Samples.png, "\(allowed)")
        OwnNetwork.note("spelling \(host)")
    }

    @Test("No unusual spelling of an address reaches a private network", arguments: odd)
    func oddSpelling(host: String) async throws {
        #expect(Self.resolver != nil)
        let server = try server()
        defer { server.stop() }
        let code = code(try await fetch("http://\(host):\(server.port)/image", policy(server)))
        #expect(
            code == .fetchRefused || code == .couldNotResolve || code == .couldNotConnect, "\(String(describing: code))"
        )
        #expect(server.connections == 0)
        OwnNetwork.note("odd \(host)")
    }

    @Test("A name that resolves to a private address is not connected to", arguments: names.keys.sorted())
    func name(name: String) async throws {
        #expect(Self.resolver != nil)
        let server = try server()
        defer { server.stop() }
        let url = "http://\(name):\(server.port)/image"
        #expect(code(try await fetch(url, policy(server))) == .fetchRefused)
        #expect(server.connections == 0)
        #expect(try await fetch(url, policy(server, inward: true)).get() == Samples.png)
        OwnNetwork.note("name \(name)")
    }

    @Test("Of several addresses only public ones are tried")
    func mixed() async throws {
        #expect(Self.resolver != nil)
        let server = try server()
        defer { server.stop() }
        for (count, name) in ["mixed.test", "mixed6.test"].enumerated() {
            let url = "http://\(name):\(server.port)/image"
            let refused = code(try await fetch(url, policy(server)))
            #expect(refused == .fetchRefused || refused == .couldNotConnect)
            #expect(server.connections == count)
            #expect(try await fetch(url, policy(server, inward: true)).get() == Samples.png)
        }
        OwnNetwork.note("mixed")
    }

    @Test("A name that resolves to another address the second time is checked by the address that is connected to")
    func rebinding() async throws {
        let resolver = try #require(Self.resolver)
        let server = try server()
        defer { server.stop() }
        // With the dot it is the same name to the name server, and another one to libcurl's cache.
        let target = "http:!!rebinding.test.:\(server.port)!image"
        let result = try await fetch("http://rebinding.test:\(server.port)/to/\(target)", policy(server))
        #expect(code(result) == .fetchRefused)
        #expect(resolver.queries(for: "rebinding.test") == 2 && server.connections == 1)
        #expect(code(try await fetch("http://rebinding.test:\(server.port)/image", policy(server))) == .fetchRefused)
        #expect(server.connections == 1)
        OwnNetwork.note("rebinding")
    }

    @Test("A chain of redirects over public addresses ends at the first private one")
    func chain() async throws {
        #expect(Self.resolver != nil)
        let server = try server()
        defer { server.stop() }
        let port = server.port
        let ends = ["127.0.0.1", "2130706433", "[::ffff:7f00:1]", "169.254.169.254", "loopback.test", "[fd12:3456::1]"]
        for (count, end) in ends.enumerated() {
            // The innermost address is escaped once for each step that is before it.
            let hop = { (host: String, rest: String) in "http:!!\(host):\(port)!to!\(rest)" }
            let inner = "http:!!\(end):\(port)!image"
            let path = hop("[2606:4700::1111]", inner)
            let result = try await fetch("http://outward.test:\(port)/to/\(path)", policy(server))
            #expect(code(result) == .fetchRefused, "\(end)")
            #expect(server.connections == (count + 1) * 2)
        }
        let outward = "http:!!8.8.8.8:\(port)!image"
        let result = try await fetch("http://outward.test:\(port)/to/\(outward)", policy(server))
        #expect(try result.get() == Samples.png)
        OwnNetwork.note("chain")
    }
}
#endif
