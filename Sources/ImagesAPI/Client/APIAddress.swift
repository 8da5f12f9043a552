/// The base URL of the API, parsed as far as the checks require.
struct APIAddress: Sendable, Equatable {
    let base: String
    let isSecure: Bool
    /// Host and port as written, for error messages; never a path, a query or a user name.
    let host: String
    let isLoopback: Bool

    /// - Throws: `invalidConfiguration` for anything but `https`, or `http` where that is allowed.
    init(_ text: String, allowsInsecureHTTP: Bool) throws(ImagesAPIError) {
        var base = text.trimmingBlanks()
        guard base.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Self.refused("it contains a blank or a character outside ASCII")
        }
        while base.last == "/" { base.removeLast() }
        guard let colon = base.range(of: "://") else { throw Self.refused("it has no scheme such as https://") }
        let scheme = base[..<colon.lowerBound].lowercased()
        let rest = base[colon.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@") else {
            throw Self.refused("it contains a user name; set the key in apiKey instead")
        }
        guard !rest.contains("#"), !rest.contains("?") else { throw Self.refused("it has a query or a fragment") }
        let host = Self.hostName(authority)
        guard !host.isEmpty else { throw Self.refused("it names no host") }
        let isLoopback = Self.isLoopback(host)
        switch scheme {
        case "https": isSecure = true
        case "http":
            isSecure = false
            guard isLoopback || allowsInsecureHTTP else {
                throw Self.refused("plain http would send the key unencrypted; use https, or set allowsInsecureHTTP")
            }
        default: throw Self.refused("the scheme must be https, or http for loopback")
        }
        self.base = base
        self.host = String(authority)
        self.isLoopback = isLoopback
    }

    func url(_ path: String) -> String { base + path }

    private static func refused(_ why: String) -> ImagesAPIError {
        ImagesAPIError(
            .invalidConfiguration, "The base URL cannot be used: \(why). Example: https://api.openai.com/v1")
    }

    private static func hostName(_ authority: Substring) -> String {
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { return "" }
            return String(authority[...end]).lowercased()
        }
        return String(authority.prefix { $0 != ":" }).lowercased()
    }

    private static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { part in
            // Swift accepts numbers with a sign; addresses do not.
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt8(part) : nil
        }
        return parts.count == 4 && parts[0] == 127 && !parts.contains(nil)
    }
}

extension String {
    /// The range of the first occurrence of a text.
    func range(of text: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
