import Foundation
import ImagesAPI

enum Samples {
    /// The smallest PNG: 1×1, gray.
    static let png =
        Data(
            base64Encoded:
                "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP6DwABBQECz6AuzQAAAABJRU5ErkJggg==")
        ?? Data()
    static let jpeg = Data([0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x10]) + Data("JFIF".utf8) + Data([0, 1, 1, 0xFF, 0xD9])
    static let webp = Data("RIFF".utf8) + Data([4, 0, 0, 0]) + Data("WEBPVP8L".utf8)

    /// Bytes that begin as a PNG does and go on at random, repeatably.
    static func png(byteCount: Int, seed: UInt64 = 1) -> Data {
        var generator = SplitMix(seed: seed)
        var block = [UInt8]()
        while block.count < min(byteCount, 65_536) {
            withUnsafeBytes(of: generator.next()) { block.append(contentsOf: $0) }
        }
        var data = png
        while data.count < byteCount { data.append(contentsOf: block) }
        return Data(data.prefix(byteCount))
    }

    static func response(_ images: [Data], extra: String = "") -> String {
        let items = images.map { "{\"b64_json\":\"\($0.base64EncodedString())\"}" }.joined(separator: ",")
        return "{\"created\":1713833628,\"data\":[\(items)],\"background\":\"opaque\",\"output_format\":\"png\","
            + "\"size\":\"1024x1024\",\"quality\":\"high\",\"usage\":{\"total_tokens\":100,\"input_tokens\":50,"
            + "\"output_tokens\":50,\"input_tokens_details\":{\"text_tokens\":10,\"image_tokens\":40}}\(extra)}"
    }

    static func client(
        _ server: LoopbackServer, key: String? = "sk-test",
        _ change: (inout ImagesClient.Configuration) -> Void = { _ in }
    ) throws -> ImagesClient {
        try client(server.baseURL, key: key, change)
    }

    static func client(
        _ baseURL: String, key: String? = "sk-test", _ change: (inout ImagesClient.Configuration) -> Void = { _ in }
    ) throws -> ImagesClient {
        var configuration = ImagesClient.Configuration()
        configuration.apiKey = try key.map { try ImagesClient.APIKey($0) }
        configuration.baseURL = baseURL
        configuration.organization = nil
        configuration.project = nil
        configuration.headers = []
        configuration.retryPolicy = .never
        // A machine busy with the rest of the suite may take its time to accept sixty connections.
        configuration.timeouts.connect = .seconds(120)
        configuration.longestIdleConnection = .seconds(120)
        change(&configuration)
        return ImagesClient(configuration: configuration)
    }

    static let generation = GenerationRequest(prompt: "a lighthouse", model: .gptImage26Flare)
}

/// A small repeatable generator (Steele, Lea, Flood 2014).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
