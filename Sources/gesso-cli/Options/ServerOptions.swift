import ArgumentParser
import Foundation
import Gesso
import GessoMockServer

/// Which server requests are made for, and what is sent to it beyond the usual fields.
struct ServerOptions: ParsableArguments {
    @Option(
        name: .customLong("server"),
        help: ArgumentHelp(
            "How the server differs from OpenAI's: \(ServerProfile.builtIn.map(\.name).joined(separator: ", ")), or a profile in a JSON file.",
            valueName: "NAME|FILE"))
    var name: String?

    @Option(help: ArgumentHelp("The server's name of the model, such as Azure's deployment.", valueName: "NAME"))
    var deployment: String?

    @Option(
        name: .customLong("field"),
        help: ArgumentHelp(
            "A further field of the request; VALUE is JSON, or else text. Repeatable.", valueName: "NAME=VALUE"))
    var fieldTexts: [String] = []

    @Option(help: ArgumentHelp("Ask for b64_json or url, on servers that have the choice.", valueName: "FORMAT"))
    var responseFormat: String?

    @Option(
        name: .customLong("header"),
        help: ArgumentHelp("A further header field, never the key. Repeatable.", valueName: "NAME:VALUE"))
    var headerTexts: [String] = []

    func validate() throws {
        for text in fieldTexts where ServerOptions.pair(text, "=") == nil {
            throw ValidationError("--field takes NAME=VALUE.")
        }
        for text in headerTexts where ServerOptions.pair(text, ":") == nil {
            throw ValidationError("--header takes NAME:VALUE.")
        }
    }

    /// The profile for requests to `model`, nil for requests without one; `read` gives the file of a profile.
    func profile(
        for model: Model?,
        reading read: (String) throws -> Data = {
            try FileContents.read($0, maximum: ImageDecoder.Limits.ownFiles.byteCount)
        }
    ) throws -> ServerProfile {
        var profile = try named(reading: read)
        if let deployment, let model { profile.deployments[model] = deployment }
        if let responseFormat { profile.responseFormat = responseFormat }
        for text in fieldTexts {
            guard let (name, value) = ServerOptions.pair(text, "=") else { continue }
            profile.fields[name] =
                (try? JSONDecoder().decode(JSONValue.self, from: Data(value.utf8))) ?? .string(value)
        }
        try profile.check()
        return profile
    }

    /// The header fields given; a field that carries keys is refused, since other users see arguments.
    func headers(_ profile: ServerProfile) throws -> [(String, String)] {
        try headerTexts.compactMap { text in
            guard let (name, value) = ServerOptions.pair(text, ":") else { return nil }
            guard !RequestHeaders.isReserved(name, profile), !ServerOptions.keyHeaders.contains(name.lowercased())
            else {
                throw GessoError(
                    .invalidParameter, stage: "command",
                    "--header cannot set \(name): the key comes from the environment or --api-key-file, and a profile in a "
                        + "file names the header for it in keyHeader.",
                    facts: ["header": name])
            }
            return (name, value)
        }
    }

    /// The server that the mock server imitates.
    func mock(_ profile: ServerProfile) throws -> MockServer.Server {
        if let server = MockServer.Server(rawValue: profile.name) { return server }
        throw GessoError(
            .invalidParameter, stage: "command",
            "--mock imitates \(MockServer.Server.allCases.map(\.rawValue).joined(separator: ", ")) and no server of a profile "
                + "in a file; leave --mock out, or name one of them.",
            facts: ["found": profile.name])
    }

    private func named(reading read: (String) throws -> Data) throws -> ServerProfile {
        guard let name else { return .openAI }
        if let profile = ServerProfile.named(name) { return profile }
        let json: Data
        do { json = try read(name) } catch let error as GessoError where error.code == .fileNotFound {
            let known = ServerProfile.builtIn.map(\.name).joined(separator: ", ")
            throw GessoError(
                .invalidParameter, stage: "command",
                "--server knows no \(name), and there is no such file; it knows \(known).", facts: ["found": name])
        }
        return try ServerProfile(json: json)
    }

    /// Names under which servers take keys.
    private static let keyHeaders: Set = [
        "authorization", "proxy-authorization", "api-key", "x-api-key", "x-key", "x-goog-api-key",
    ]

    /// The text before and after the first separator; nil without one, or without a name.
    private static func pair(_ text: String, _ separator: Character) -> (name: String, value: String)? {
        guard let index = text.firstIndex(of: separator), index != text.startIndex else { return nil }
        let value = text[text.index(after: index)...]
        let name = text[..<index].trimmingCharacters(in: .whitespaces)
        return (name, separator == ":" ? value.trimmingCharacters(in: .whitespaces) : String(value))
    }
}
