import ArgumentParser
import Foundation
import Gesso
import GessoMockServer

/// Whether to use a real server or the mock server, and where responses are kept.
struct ConnectionOptions: ParsableArguments {
    @OptionGroup var address: AddressOptions

    @Flag(help: "Use a mock server on this machine for this command: no key, no network, no cost, no model.")
    var mock = false

    /// The earlier name of `--mock`.
    @Flag(help: .hidden) var standIn = false

    @Flag(
        help: ArgumentHelp(
            "Fetch images that the server names by URL: over https from public addresses, or from the server itself."))
    var fetch = false

    @OptionGroup var spool: SpoolOptions

    @OptionGroup(title: "Behavior of the mock server") var behavior: BehaviorOptions

    /// Runs `body` with a client for requests to `model`, connected to a mock server if `--mock` was given.
    func withClient<R: Sendable>(
        for model: Model, _ body: @Sendable (ImagesClient) async throws -> R
    ) async throws -> R {
        guard mock || standIn else {
            var configuration = try address.configuration(for: model)
            if fetch { configuration.fetchPolicy = ImagesClient.FetchPolicy() }
            try useSpool(in: &configuration, isPaid: true)
            return try await ConnectionOptions.with(configuration, body)
        }
        var behavior = try behavior.behavior()
        let options = address.server
        let profile = try options.profile(for: model)
        if options.name != nil { behavior.server = try options.mock(profile) }
        return try await MockServer.run(behavior: behavior) { server in
            var configuration = server.clientConfiguration
            configuration.server = profile
            if profile.apiVersion?.isEmpty == true { configuration.server.apiVersion = "mock" }
            configuration.headers = try options.headers(profile)
            if fetch { configuration.fetchPolicy = ImagesClient.FetchPolicy() }
            try useSpool(in: &configuration, isPaid: false)
            return try await ConnectionOptions.with(configuration, body)
        }
    }

    private static func with<R>(
        _ configuration: ImagesClient.Configuration, _ body: (ImagesClient) async throws -> R
    ) async throws -> R {
        let client = ImagesClient(configuration: configuration)
        defer { client.shutdown() }
        let result: R
        do {
            result = try await body(client)
        } catch {
            if let directory = configuration.spoolDirectory { await SpoolOptions.tidy(directory) }
            throw error
        }
        if let directory = configuration.spoolDirectory { await SpoolOptions.tidy(directory) }
        return result
    }

    private func useSpool(in configuration: inout ImagesClient.Configuration, isPaid: Bool) throws {
        configuration.spoolDirectory = try spool.directory(isPaid: isPaid)
        configuration.allowsUnspooledRequests = spool.allowUnspooled
    }
}

/// How far the mock server's results differ from ideal ones, and which faults it injects.
struct BehaviorOptions: ParsableArguments {
    @Option(
        name: .customLong("behavior"),
        help: ArgumentHelp("Distortion and network faults of the mock server, as a JSON file.", valueName: "FILE"))
    var script: String?

    /// The earlier spelling of `--behavior`.
    @Option(name: .customLong("behaviour"), help: .hidden) var earlierScript: String?

    @Option(help: ArgumentHelp("Change pixels outside the mask by up to this many levels.", valueName: "LEVELS"))
    var drift: Double = 0

    @Option(help: ArgumentHelp("Shift the image, in pixels, e.g. 1.5,-2.", valueName: "X,Y"))
    var shift: String?

    @Option(help: ArgumentHelp("Scale the image about its center, e.g. 1.01.", valueName: "FACTOR"))
    var zoom: Double = 1

    @Option(help: ArgumentHelp("Multiply all levels, e.g. 0.95.", valueName: "FACTOR"))
    var gain: Double = 1

    @Option(help: ArgumentHelp("Return images of this size, whatever size was requested.", valueName: "WxH"))
    var wrongSize: String?

    @Option(
        help: ArgumentHelp("Respond in this form of other servers, e.g. datauri-b64 or sse-vllm.", valueName: "NAME"))
    var shape: String?

    func validate() throws {
        if let shape, MockServer.Shape(rawValue: shape) == nil {
            throw ValidationError(
                "--shape knows \(MockServer.Shape.all.map(\.rawValue).joined(separator: ", ")).")
        }
        if let shift, BehaviorOptions.pair(shift) == nil { throw ValidationError("--shift takes X,Y in pixels.") }
        if let wrongSize, Size(wrongSize) == nil { throw ValidationError("--wrong-size takes WxH.") }
    }

    /// The file's values, overridden by the other options.
    func behavior() throws -> MockServer.Behavior {
        var behavior =
            try (script ?? earlierScript).map { try JSONFile.read(MockServer.Behavior.self, from: $0, "behavior") }
            ?? .ideal
        if drift != 0 { behavior.drift = drift }
        if zoom != 1 { behavior.scale = zoom }
        if gain != 1 { behavior.gain = gain }
        if let wrongSize { behavior.size = wrongSize }
        if let shape { behavior.shape = MockServer.Shape(rawValue: shape) }
        if let shift, let (x, y) = BehaviorOptions.pair(shift) {
            behavior.shiftX = x
            behavior.shiftY = y
        }
        return behavior
    }

    private static func pair(_ text: String) -> (Double, Double)? {
        let fields = text.split(separator: ",").compactMap { Double($0) }
        guard fields.count == 2, fields.allSatisfy(\.isFinite) else { return nil }
        return (fields[0], fields[1])
    }
}
