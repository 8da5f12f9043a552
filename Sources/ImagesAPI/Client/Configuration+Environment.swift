#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The process's environment variables.
enum Environment {
    static var current: [String: String] { ProcessInfo.processInfo.environment }
}

extension ImagesClient.Configuration {
    /// The configuration for a server, from the environment variables that its profile names.
    ///
    /// Account, project and additional headers are read as by ``init()`` for servers whose key is `OPENAI_API_KEY`, and for
    /// no others. The first request reports what is missing.
    public init(server: ServerProfile) { self.init(server: server, environment: Environment.current) }

    /// The configuration in these environment variables.
    package init(server: ServerProfile = .openAI, environment: [String: String]) {
        // Secrets that are read from files often end in a line break.
        func value(_ name: String) -> String? {
            guard let text = environment[name]?.trimmingBlanks(), !text.isEmpty else { return nil }
            return text
        }
        self.server = server
        baseURL = server.baseURLVariable.flatMap(value) ?? server.baseURL ?? ""
        if server.apiVersion?.isEmpty == true { self.server.apiVersion = value("OPENAI_API_VERSION") ?? "" }
        for name in server.keyVariables {
            guard let key = value(name) else { continue }
            do throws(ImagesAPIError) { apiKey = try ImagesClient.APIKey(key) } catch { problem = error }
            // Tokens of Entra ID are sent as bearer tokens only.
            if name == ServerProfile.tokenVariable {
                (self.server.keyHeader, self.server.keyPrefix) = ("Authorization", "Bearer ")
            }
            break
        }
        guard server.keyVariables.contains("OPENAI_API_KEY") else { return }
        organization = value("OPENAI_ORG_ID")
        project = value("OPENAI_PROJECT_ID")
        if let lines = value("OPENAI_CUSTOM_HEADERS") { readHeaders(lines) }
    }

    private mutating func readHeaders(_ lines: String) {
        for line in lines.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else {
                if !line.allSatisfy(\.isWhitespace), problem == nil {
                    problem = ImagesAPIError(
                        .invalidConfiguration,
                        "A line of OPENAI_CUSTOM_HEADERS has no colon; write one \"Name: value\" a line.")
                }
                continue
            }
            let name = String(line[..<colon]).trimmingBlanks()
            let value = String(line[line.index(after: colon)...]).trimmingBlanks()
            headers.append((name, value))
        }
    }
}

extension ImagesClient.Configuration {
    /// The configuration for Azure's deployments in the environment variables.
    ///
    /// Reads `AZURE_OPENAI_ENDPOINT`, `OPENAI_API_VERSION`, and `AZURE_OPENAI_API_KEY` or `AZURE_OPENAI_AD_TOKEN`. The
    /// first request reports what is missing.
    public static func azure() -> Self { Self(server: .azure()) }
}

extension String {
    func trimmingBlanks() -> String {
        var rest = drop(while: \.isWhitespace)
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}
