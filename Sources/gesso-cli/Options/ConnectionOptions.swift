import ArgumentParser
import Foundation
import Gesso
import GessoStandIn

/// Which server answers, and with whose key.
struct ConnectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The API's address, e.g. https://api.openai.com/v1 (or OPENAI_BASE_URL).", valueName: "URL"))
    var baseURL: String?

    @Option(
        help: ArgumentHelp(
            "A file with the key, readable by you alone; - reads it from standard input.", valueName: "FILE"))
    var apiKeyFile: String?

    @Option(
        help: ArgumentHelp("Trust the PEM certificates in this file instead of the system's.", valueName: "FILE"))
    var caFile: String?

    @Flag(help: "Answer on this machine, for this command: no key, no network, no cost. Paints without a model.")
    var standIn = false

    @OptionGroup(title: "Misbehaviour of the stand-in") var behaviour: BehaviourOptions

    /// Runs `body` with a client, and with the stand-in behind it if that was asked for.
    func withClient<R: Sendable>(_ body: @Sendable (ImagesClient) async throws -> R) async throws -> R {
        guard standIn else {
            var configuration = ImagesClient.Configuration()
            if let baseURL { configuration.baseURL = baseURL }
            if let apiKeyFile { configuration.apiKey = try key(from: apiKeyFile) }
            configuration.certificateAuthorityFile = caFile
            return try await ConnectionOptions.with(configuration, body)
        }
        return try await StandIn.run(behaviour: behaviour.behaviour()) { address in
            var configuration = ImagesClient.Configuration()
            configuration.baseURL = address
            configuration.apiKey = try APIKey("needs-no-key")
            return try await ConnectionOptions.with(configuration, body)
        }
    }

    private static func with<R>(
        _ configuration: ImagesClient.Configuration, _ body: (ImagesClient) async throws -> R
    ) async throws -> R {
        let client = ImagesClient(configuration: configuration)
        defer { client.shutdown() }
        return try await body(client)
    }

    private func key(from path: String) throws -> APIKey {
        guard path != "-" else { return try APIKey(StandardInput.read(for: "key")) }
        let data = try InputFile(path).data
        if let mode = try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int,
            mode & 0o077 != 0
        {
            FileHandle.standardError.write(
                Data("gesso: others may read \(path); make it yours alone with chmod 600\n".utf8))
        }
        return try APIKey(String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
    }
}

/// What the stand-in gets wrong, as real models do.
struct BehaviourOptions: ParsableArguments {
    @Option(
        name: .customLong("behaviour"),
        help: ArgumentHelp("Behave as this JSON file says, faults of the network too.", valueName: "FILE"))
    var script: String?

    @Option(help: ArgumentHelp("Change pixels outside the mask by up to this many levels.", valueName: "LEVELS"))
    var drift: Double = 0

    @Option(help: ArgumentHelp("Shift the picture, in pixels, e.g. 1.5,-2.", valueName: "X,Y"))
    var shift: String?

    @Option(help: ArgumentHelp("Scale the picture about its centre, e.g. 1.01.", valueName: "FACTOR"))
    var zoom: Double = 1

    @Option(help: ArgumentHelp("Multiply all levels, e.g. 0.95.", valueName: "FACTOR"))
    var gain: Double = 1

    @Option(help: ArgumentHelp("Answer in another size than was asked for.", valueName: "WxH"))
    var wrongSize: String?

    func validate() throws {
        if let shift, BehaviourOptions.pair(shift) == nil { throw ValidationError("--shift takes X,Y in pixels.") }
        if let wrongSize, Size(wrongSize) == nil { throw ValidationError("--wrong-size takes WxH.") }
    }

    /// What the file says, and over it what the other options say.
    func behaviour() throws -> StandIn.Behaviour {
        var behaviour = try script.map { try JSONFile.read(StandIn.Behaviour.self, from: $0, "behaviour") } ?? .honest
        if drift != 0 { behaviour.drift = drift }
        if zoom != 1 { behaviour.scale = zoom }
        if gain != 1 { behaviour.gain = gain }
        if let wrongSize { behaviour.size = wrongSize }
        if let shift, let (x, y) = BehaviourOptions.pair(shift) {
            behaviour.shiftX = x
            behaviour.shiftY = y
        }
        return behaviour
    }

    private static func pair(_ text: String) -> (Double, Double)? {
        let fields = text.split(separator: ",").compactMap { Double($0) }
        guard fields.count == 2, fields.allSatisfy(\.isFinite) else { return nil }
        return (fields[0], fields[1])
    }
}
