extension ImagesClient {
    /// How images are fetched that a server names by address instead of sending them.
    ///
    /// The address comes from a server that may be hostile or hacked, and this process may reach what the server cannot: hence
    /// https on 443 only, public addresses only, no credentials, a connection of its own, few redirects.
    public struct FetchPolicy: Sendable, Hashable {
        public var maxRedirects = 3
        public var maxBytes = 64 * 1_024 * 1_024
        /// For all of it, redirects included in each step anew.
        public var timeout = Duration.seconds(60)
        public var allowedPorts: Set<Int> = [443]
        /// Hosts that may be fetched from, lower case; nil for all that are public.
        public var allowedHosts: Set<String>?
        /// Lets loopback, private and reserved addresses through. For servers of your own on your own network.
        public var allowsPrivateAddresses = false
        /// Lets plain `http` through.
        public var allowsHTTP = false
        /// A proxy to fetch through. It resolves names itself, which voids the address check: ``allowedHosts`` is then required.
        public var proxy: String?

        public init() {}
    }
}
