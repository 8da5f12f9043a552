extension ImagesClient.Configuration {
    /// Sends requests to `https://REGION.api.openai.com/v1`, where OpenAI keeps and processes data in that region.
    ///
    /// - Parameter region: `us`, `eu`, `ae` (United Arab Emirates), `au`, `in` or `jp`, or one that is newer than this
    ///   version.
    public mutating func use(region: String) { baseURL = "https://\(region).api.openai.com/v1" }
}
