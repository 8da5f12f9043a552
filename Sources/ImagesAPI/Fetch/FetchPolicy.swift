import CGessoCurl

extension ImagesClient {
    /// How to fetch images that a server names by URL instead of sending them.
    ///
    /// The URL comes from a server that may be hostile, and this process may reach hosts that the server cannot. The
    /// defaults are therefore https on port 443, public addresses, no credentials, a connection of its own, and few
    /// redirects.
    public struct FetchPolicy: Sendable, Hashable {
        /// The most redirects that are followed.
        public var maxRedirects = 3
        /// The most bytes of an image.
        public var maxBytes = 64 * 1_024 * 1_024
        /// For each request; every redirect is a new one.
        public var timeout = Duration.seconds(60)
        /// The ports that may be connected to.
        public var allowedPorts: Set<Int> = [443]
        /// Hosts that may be fetched from, in lower case; nil for all public ones.
        public var allowedHosts: Set<String>?
        /// Allows loopback, private and reserved addresses, for servers on your own network.
        public var allowsPrivateAddresses = false
        /// Allows plain `http`.
        public var allowsHTTP = false
        /// A proxy to fetch through. It resolves names itself, so addresses cannot be checked and ``allowedHosts`` is
        /// required.
        public var proxy: String?

        /// The default policy.
        public init() {}
    }
}

extension ImagesClient.FetchPolicy {
    /// The policy for an address of `server` itself; the same policy for every other address.
    ///
    /// A host that is not named by a loopback address stays subject to the check of addresses, since its name may come to
    /// mean another one.
    func allowing(_ url: String, of server: String?) -> Self {
        guard let server, let own = Origin(server), Origin(url) == own else { return self }
        var policy = self
        policy.allowedPorts.insert(own.port)
        policy.allowedHosts?.insert(own.host)
        if own.scheme == "http" { policy.allowsHTTP = true }
        if (try? APIAddress(server, allowsInsecureHTTP: true))?.isLoopback == true {
            policy.allowsPrivateAddresses = true
        }
        return policy
    }

    /// The policy for an address at one of these origins (`https://host`, `http://host:port`), which is trusted even if it is
    /// private; for every other address a policy that refuses it.
    ///
    /// - Parameter base: the URL that the address of a redirect is relative to.
    package func admitting(_ url: String, base: String?, of origins: Set<String>) -> Self {
        var policy = self
        policy.allowedHosts = []
        guard let target = Origin(url, base: base), origins.contains(where: { Origin($0) == target }) else {
            return policy
        }
        policy.allowedHosts = [target.host]
        policy.allowedPorts = [target.port]
        policy.allowsHTTP = target.scheme == "http"
        policy.allowsPrivateAddresses = true
        return policy
    }

    private struct Origin: Equatable {
        let scheme: String
        let host: String
        let port: Int

        init?(_ url: String, base: String? = nil) {
            var parsed = gesso_url()
            guard !url.utf8.contains(0), gesso_url_parse(base, url, &parsed) == 0 else { return nil }
            defer { gesso_url_free(&parsed) }
            guard let scheme = parsed.scheme, let host = parsed.host else { return nil }
            self.scheme = String(cString: scheme).lowercased()
            self.host = String(cString: host).lowercased()
            port = Int(parsed.port)
        }
    }
}

/// A URL that a policy allows, parsed by libcurl, which also connects to it.
struct FetchAddress: Sendable {
    let url: String
    let host: String
    let isSecure: Bool

    /// - Parameter base: the URL that the address of a redirect is relative to.
    /// - Throws: `fetchRefused` with no more than the host; the rest of a URL may contain secrets.
    init(_ text: String, base: String? = nil, policy: ImagesClient.FetchPolicy) throws(ImagesAPIError) {
        var parsed = gesso_url()
        guard !text.utf8.contains(0), gesso_url_parse(base, text, &parsed) == 0 else {
            throw Self.refused("it is not a valid URL", host: nil)
        }
        defer { gesso_url_free(&parsed) }
        guard let url = parsed.url, let scheme = parsed.scheme, let name = parsed.host else {
            throw Self.refused("it is not a valid URL", host: nil)
        }
        self.url = String(cString: url)
        host = String(cString: name).lowercased()
        // Some resolvers treat digits and dots of other scripts like those of ASCII.
        guard host.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw Self.refused("its host contains characters outside ASCII; write such names as xn--", host: host)
        }
        isSecure = String(cString: scheme).lowercased() == "https"
        guard isSecure || (policy.allowsHTTP && String(cString: scheme).lowercased() == "http") else {
            throw Self.refused("only https is fetched", host: host)
        }
        guard parsed.has_user == 0 else { throw Self.refused("it contains a user name", host: host) }
        guard policy.allowedPorts.contains(Int(parsed.port)) else {
            throw Self.refused("port \(parsed.port) is not allowed", host: host)
        }
        if let hosts = policy.allowedHosts, !hosts.contains(host) {
            throw Self.refused("the host is not in allowedHosts", host: host)
        }
        guard policy.proxy == nil || policy.allowedHosts != nil else {
            throw Self.refused("fetching through a proxy requires allowedHosts", host: host)
        }
    }

    /// An address of the caller's own, wherever it leads.
    ///
    /// - Throws: `invalidConfiguration` with no more than the host.
    init(own text: String) throws(ImagesAPIError) {
        var parsed = gesso_url()
        guard !text.utf8.contains(0), gesso_url_parse(nil, text, &parsed) == 0 else { throw Self.unusable }
        defer { gesso_url_free(&parsed) }
        guard let url = parsed.url, let scheme = parsed.scheme, let name = parsed.host else { throw Self.unusable }
        let kind = String(cString: scheme).lowercased()
        guard kind == "https" || kind == "http", parsed.has_user == 0 else { throw Self.unusable }
        self.url = String(cString: url)
        host = String(cString: name).lowercased()
        isSecure = kind == "https"
    }

    /// Whether the host is written as a loopback address.
    var isLoopback: Bool { (try? APIAddress("http://\(host)", allowsInsecureHTTP: true))?.isLoopback == true }

    private static let unusable = ImagesAPIError(
        .invalidConfiguration,
        "The storage's URL cannot be used: it must be absolute, with https (or http for loopback) and no user name.")

    static func refused(_ why: String, host: String?) -> ImagesAPIError {
        ImagesAPIError(
            .fetchRefused, "The image's URL is not fetched: \(why). Change the fetch policy to allow it.",
            facts: host.map { ["host": SanitizedText.sanitized($0, limit: 255)] } ?? [:])
    }
}
