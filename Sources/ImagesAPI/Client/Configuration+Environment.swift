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
            do throws(ImagesAPIError) { apiKey = try APIKey(key) } catch { problem = error }
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

extension String {
    func trimmingBlanks() -> String {
        var rest = drop(while: \.isWhitespace)
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }
}
