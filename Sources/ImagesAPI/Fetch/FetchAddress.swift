import CGessoCurl

/// An address that a policy lets through, parsed by the code that will connect to it.
struct FetchAddress: Sendable {
    let url: String
    let host: String
    let isSecure: Bool

    /// - Parameter base: what a redirect's address is relative to.
    /// - Throws: `fetchRefused` with the host at most; the rest of an address may hold secrets.
    init(_ text: String, base: String? = nil, policy: ImagesClient.FetchPolicy) throws(ImagesAPIError) {
        var parsed = gesso_url()
        guard !text.utf8.contains(0), gesso_url_parse(base, text, &parsed) == 0 else {
            throw Self.refused("it is no address", host: nil)
        }
        defer { gesso_url_free(&parsed) }
        guard let url = parsed.url, let scheme = parsed.scheme, let name = parsed.host else {
            throw Self.refused("it is no address", host: nil)
        }
        self.url = String(cString: url)
        host = String(cString: name).lowercased()
        // Some resolvers take digits and dots of other scripts for those of ASCII.
        guard host.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw Self.refused("its host holds characters outside ASCII; such names are written as xn--", host: host)
        }
        isSecure = String(cString: scheme).lowercased() == "https"
        guard isSecure || (policy.allowsHTTP && String(cString: scheme).lowercased() == "http") else {
            throw Self.refused("only https is fetched", host: host)
        }
        guard parsed.has_user == 0 else { throw Self.refused("it holds a user name", host: host) }
        guard policy.allowedPorts.contains(Int(parsed.port)) else {
            throw Self.refused("port \(parsed.port) is not allowed", host: host)
        }
        if let hosts = policy.allowedHosts, !hosts.contains(host) {
            throw Self.refused("the host is not on the list of allowed ones", host: host)
        }
        guard policy.proxy == nil || policy.allowedHosts != nil else {
            throw Self.refused("fetching through a proxy needs a list of allowed hosts", host: host)
        }
    }

    static func refused(_ why: String, host: String?) -> ImagesAPIError {
        ImagesAPIError(
            .fetchRefused, "The image's address is not fetched: \(why). Change the fetch policy if that is wanted.",
            facts: host.map { ["host": SanitizedText.sanitized($0, limit: 255)] } ?? [:])
    }
}
