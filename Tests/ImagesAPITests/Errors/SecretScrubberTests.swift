import Foundation
import Testing

@testable import ImagesAPI

@Suite("Secret scrubber")
struct SecretScrubberTests {
    static let keys = [
        "sk-proj-aB3dE6gH9jK2mN5pQ8sT1vW4yZ7_bC0-fL", "sk-canary/7f3a+91c0de55", "0123456789abcdef0123456789ABCDEF",
        "sk-svcacct-Zx9~8!w7&v6=u5%41t4\\n3", "\"sess-Q1w2E3r4T5y6\"",
    ]

    /// Encodings by Foundation, each of a text that holds a secret.
    static let encodings: [String: @Sendable (String) -> String] = [
        "plain": { $0 },
        "upper case": { $0.uppercased() },
        "lower case": { $0.lowercased() },
        "base64": { Data($0.utf8).base64EncodedString() },
        "base64 without padding": { Data($0.utf8).base64EncodedString().trimmingCharacters(in: ["="]) },
        "base64 in lines of 64": { Data($0.utf8).base64EncodedString(options: .lineLength64Characters) },
        "base64 in lines of 76, LF": {
            Data($0.utf8).base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed])
        },
        "base64 in short lines": { wrapped(Data($0.utf8).base64EncodedString(), every: 5) },
        "base64url": { url(Data($0.utf8).base64EncodedString()) },
        "base64 behind percent escapes": { percent(Data($0.utf8).base64EncodedString(), but: .alphanumerics) },
        "base64 in JSON": { json(Data($0.utf8).base64EncodedString()) },
        "wrapped base64 in JSON": { json(Data($0.utf8).base64EncodedString(options: .lineLength64Characters)) },
        "hexadecimal": { $0.utf8.map { String(format: "%02x", $0) }.joined() },
        "hexadecimal, upper case": { $0.utf8.map { String(format: "%02X", $0) }.joined() },
        "hexadecimal with colons": { $0.utf8.map { String(format: "%02x", $0) }.joined(separator: ":") },
        "hexadecimal with spaces": { $0.utf8.map { String(format: "%02X", $0) }.joined(separator: " ") },
        "percent, as queries have it": { percent($0, but: .urlQueryAllowed) },
        "percent, all but letters and digits": { percent($0, but: .alphanumerics) },
        "percent, all": { percent($0, but: []) },
        "percent, lower case": { percent($0, but: []).lowercased() },
        "percent, every other": { text in
            text.utf8.enumerated().map { $0 % 2 == 0 ? String(format: "%%%02X", $1) : String(UnicodeScalar($1)) }
                .joined()
        },
        "percent twice": { percent(percent($0, but: .alphanumerics), but: .alphanumerics) },
        "JSON": { json($0) },
        "JSON in JSON": { json(json($0)) },
        "JSON, all": { $0.utf8.map { String(format: "\\u%04x", $0) }.joined() },
        "JSON, all, upper case": { $0.utf8.map { String(format: "\\u%04X", $0) }.joined() },
        "JSON in JSON, all": { $0.utf8.map { String(format: "\\\\u%04x", $0) }.joined() },
        "backslash x": { $0.utf8.map { String(format: "\\x%02x", $0) }.joined() },
        "HTML, decimal": { $0.utf8.map { "&#\($0);" }.joined() },
        "HTML, hexadecimal": { $0.utf8.map { String(format: "&#x%x;", $0) }.joined() },
        "percent in JSON": { json(percent($0, but: .alphanumerics)) },
    ]

    private static func percent(_ text: String, but allowed: CharacterSet) -> String {
        text.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
    }

    private static func url(_ text: String) -> String {
        text.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    private static func json(_ text: String) -> String {
        let data = (try? JSONSerialization.data(withJSONObject: [text])) ?? Data()
        return String(String(decoding: data, as: UTF8.self).dropFirst(2).dropLast(2))
    }

    private static func wrapped(_ text: String, every count: Int) -> String {
        stride(from: 0, to: text.count, by: count).map { String(text.dropFirst($0).prefix(count)) }
            .joined(separator: "\r\n ")
    }

    /// What kinds of keys begin with.
    private static func core(_ key: String) -> String {
        let prefixes = ["sk-proj-", "sk-svcacct-", "sk-", "sess-"]
        let key = key.trimmingCharacters(in: ["\""])
        return prefixes.first(where: key.hasPrefix).map { String(key.dropFirst($0.count)) } ?? key
    }

    @Test(
        "No encoding hides a secret, whole or without its prefix, whatever stands around it",
        arguments: encodings.keys.sorted(), keys)
    func forms(encoding: String, key: String) throws {
        let encode = try #require(Self.encodings[encoding])
        let scrubber = SecretScrubber(key: try ImagesClient.APIKey(key))
        for secret in [key, Self.core(key)] {
            // What the secret becomes by itself, and within texts that move it against the blocks of three bytes.
            for before in ["", "B", "Be", "Bearer ", "{\"key\":\"", "user:", "Authorization: Bearer "] {
                for after in ["", "\r\n", "\"}", "ab"] {
                    let text = "before \(encode(before + secret + after)) after"
                    let clean = scrubber.scrub(text)
                    #expect(clean.hasPrefix("before ") && clean.contains("***"), "\(text)")
                    // The characters that hold nothing but the secret are gone.
                    let alone = Array(encode(secret))
                    let middle = String(alone[alone.count / 3..<alone.count * 2 / 3])
                    #expect(!clean.contains(middle), "\(text) became \(clean)")
                    let rest = clean.replacingOccurrences(of: "***", with: "").unicodeScalars
                    #expect(rest.count <= text.unicodeScalars.count - secret.utf8.count, "\(clean)")
                }
            }
        }
    }

    @Test("A shortened key is found by its beginning in every encoding", arguments: encodings.keys.sorted())
    func cut(encoding: String) throws {
        let encode = try #require(Self.encodings[encoding])
        let key = Self.keys[0]
        let scrubber = SecretScrubber(key: try ImagesClient.APIKey(key))
        for secret in [key, Self.core(key)] {
            let clean = scrubber.scrub("Bad key " + encode(String(secret.prefix(21))) + "…")
            #expect(clean.hasPrefix("Bad key ***"), "\(clean)")
        }
    }

    @Test("The text around a secret is kept")
    func surroundings() throws {
        let scrubber = SecretScrubber(key: try ImagesClient.APIKey(Self.keys[0]))
        let encoded = Data(Self.keys[0].utf8).base64EncodedString()
        #expect(scrubber.scrub("a=\"\(Self.keys[0])\" b (\(Self.keys[0])), é") == "a=\"***\" b (***), é")
        #expect(scrubber.scrub("{\"a\":\"b\\/c\",\"k\":\"\(encoded)\"}").hasPrefix("{\"a\":\"b\\/c\",\"k\":\"***"))
    }

    /// Text, numbers and encoded random bytes, as servers send them.
    private static func ordinaryText(_ random: inout some RandomNumberGenerator) -> String {
        let words = [
            "the", "key", "Key", "sk", "sk-", "project", "proj-", "Bearer", "request", "invalid", "Incorrect API key",
            "%", "%41", "\\u0041", "&amp;", "&#45;", "\\", "\"", "\n", "é", "…", "sess", "canary", "0123 456",
        ]
        return (0..<Int.random(in: 1...60, using: &random)).map { _ -> String in
            let bytes = Data(
                (0..<Int.random(in: 1...90, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) })
            return switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes.base64EncodedString()
            case 1: url(bytes.base64EncodedString())
            case 2: bytes.map { String(format: "%02x", $0) }.joined()
            // One more letter could make it the beginning of a key.
            case 3: "sk-pro." + url(bytes.base64EncodedString()).prefix(20)
            default: words.randomElement(using: &random) ?? ""
            }
        }.joined(separator: " ")
    }

    @Test("Ordinary text is unchanged", arguments: 0..<20)
    func ordinary(seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed))
        for key in Self.keys {
            let scrubber = SecretScrubber(
                key: try ImagesClient.APIKey(key), fields: [("X-Gateway", "Token 7d0c2b9aQ8e6f4a1")])
            let text = Self.ordinaryText(&random)
            #expect(scrubber.scrub(text) == text)
        }
    }

    @Test("A text of 1 MiB is searched in linear time", arguments: keys)
    func linear(key: String) throws {
        let scrubber = SecretScrubber(key: try ImagesClient.APIKey(key))
        let beginning = String(key.dropLast(key.utf8.count - 7))
        func time(_ count: Int) -> Duration {
            let pieces = ["%25", "\\\\", "&#x", beginning, Data(beginning.utf8).base64EncodedString()]
            let text = String(repeating: pieces.joined(), count: count)
            return ContinuousClock().measure { #expect(!scrubber.scrub(text).isEmpty) }
        }
        _ = time(500)
        let small = (0..<3).map { _ in time(500) }.min() ?? .zero
        #expect(time(4_000) < small * 8 * 6)
    }

    @Test("Error objects, header fields and JSON are searched in all their parts")
    func parts() throws {
        let key = Self.keys[1]
        let scrubber = SecretScrubber(key: try ImagesClient.APIKey(key))
        let value: JSONValue = [.string(key), .object([key: .array([.string("x \(key)"), 1, .null])])]
        #expect(scrubber.scrub(value) == ["***", .object(["***": ["x ***", 1, .null]])])
        let head = scrubber.scrub(ResponseHead(status: 200, fields: [("x-echo", "a \(key)")]))
        #expect(head["x-echo"] == "a ***")
    }

    @Test("No property of a response contains a secret")
    func responses() async throws {
        let key = Self.keys[1]
        let echo = Data("Bearer \(key)".utf8).base64EncodedString()
        let document = """
            {"id":"f","data":[{"b64_json":"\(Samples.png.base64EncodedString())","revised_prompt":"\(key)"}],"echo":["\(echo)"]}
            """
        let server = try LoopbackServer { connection, request in
            let header = "X-Echo: \(echo)"
            if request.line.contains("/content") {
                let line = "{\"custom_id\":\"\(key)\",\"response\":{\"status_code\":200,\"body\":\(document)}}\n"
                connection.respond(headers: ["Content-Type: application/jsonl", header], json: line)
            } else if request.body.range(of: Data("\"stream\"".utf8)) != nil {
                let event = document.replacingOccurrences(of: "\n", with: "")
                connection.respond(headers: ["Content-Type: text/event-stream", header], json: "data: \(event)\n\n")
            } else {
                connection.respond(headers: ["Content-Type: application/json", header], json: document)
            }
        }
        defer { server.stop() }
        let client = try Samples.client(server, key: key)
        var shown = ""
        dump(try await client.generate(Samples.generation), to: &shown)
        dump(await StreamingTests.read(client.generateStream(Samples.generation)), to: &shown)
        dump(try await client.file("f"), to: &shown)
        for try await result in client.batchResults(fileID: "f") { dump(result, to: &shown) }
        #expect(shown.contains("***"))
        for trace in [key, Self.core(key), echo, String(echo.dropFirst(11).prefix(18))] {
            #expect(!shown.contains(trace), "\(trace)")
        }
    }

    @Test("The value of a header that looks like a credential is removed however short it is")
    func shortCredentials() {
        for (name, value, isSecret) in [
            ("X-Auth-Token", "s3cr3t", true), ("CF-Access-Client-Secret", "Bearer s3cr3t", true),
            ("Cookie", "s3cr3t", true),
            ("X-Trace", "s3cr3t", false), ("CF-Access-Client-Id", "s3cr3t", false),
        ] {
            let text = SecretScrubber(key: nil, fields: [(name, value)]).scrub("Bearer token s3cr3t is not valid")
            #expect(
                text == (isSecret ? "Bearer token *** is not valid" : "Bearer token s3cr3t is not valid"), "\(name)")
        }
    }
}
