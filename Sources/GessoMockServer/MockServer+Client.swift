// The only file of the target that uses ImagesAPI: the server must not share its reading of the API with the client that
// it tests.
public import ImagesAPI

extension MockServer {
    /// A client of this server, ready to use.
    ///
    /// Environment variables (`OPENAI_API_KEY`, `OPENAI_BASE_URL`, proxies and the like) have no effect on it.
    public func client() -> ImagesClient { ImagesClient(configuration: clientConfiguration) }

    /// The configuration of ``client()``, for clients that differ in something, e.g. in their retry policy.
    public var clientConfiguration: ImagesClient.Configuration {
        var configuration = ImagesClient.Configuration(environment: [:])
        configuration.baseURL = baseURL
        // A required key that is not a valid API key leaves the client without one; its first request then says so.
        configuration.apiKey = try? ImagesClient.APIKey(requiredKey ?? "mock-key")
        configuration.proxy = .none
        if let imitatedServer, let profile = ServerProfile.named(imitatedServer.rawValue) {
            configuration.server = profile
            if profile.apiVersion != nil { configuration.server.apiVersion = "mock" }
        }
        return configuration
    }
}
