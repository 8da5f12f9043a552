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
    /// The configuration in these environment variables.
    package init(environment: [String: String]) {
        // Secrets that are read from files often end in a line break.
        func value(_ name: String) -> String? {
            guard let text = environment[name]?.trimmingBlanks(), !text.isEmpty else { return nil }
            return text
        }
        if let key = value("OPENAI_API_KEY") {
            do throws(ImagesAPIError) { apiKey = try ImagesClient.APIKey(key) } catch { problem = error }
        }
        if let base = value("OPENAI_BASE_URL") { baseURL = base }
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
    /// The configuration for Azure in the environment variables.
    ///
    /// Reads `AZURE_OPENAI_ENDPOINT`, `OPENAI_API_VERSION`, and `AZURE_OPENAI_API_KEY` or `AZURE_OPENAI_AD_TOKEN`. The
    /// first request reports what is missing.
    public static func azure() -> Self { azure(environment: Environment.current) }

    static func azure(environment: [String: String]) -> Self {
        func value(_ name: String) -> String? {
            environment[name]?.trimmingBlanks().isEmpty == false ? environment[name]?.trimmingBlanks() : nil
        }
        var configuration = Self(environment: [:])
        guard let endpoint = value("AZURE_OPENAI_ENDPOINT"), let version = value("OPENAI_API_VERSION") else {
            configuration.problem = ImagesAPIError(
                .invalidConfiguration,
                "AZURE_OPENAI_ENDPOINT and OPENAI_API_VERSION are needed for Azure; set them in the environment.")
            return configuration
        }
        configuration.baseURL = endpoint
        let key = value("AZURE_OPENAI_API_KEY")
        configuration.dialect = .azure(apiVersion: version, usesBearer: key == nil)
        if let secret = key ?? value("AZURE_OPENAI_AD_TOKEN") {
            do throws(ImagesAPIError) {
                configuration.apiKey = try ImagesClient.APIKey(secret)
            } catch {
                configuration.problem = error
            }
        }
        return configuration
    }
}

extension String {
    func trimmingBlanks() -> String {
        var rest = drop(while: \.isWhitespace)
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}
