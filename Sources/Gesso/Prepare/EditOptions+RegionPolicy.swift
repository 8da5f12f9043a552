extension EditOptions {
    /// Whether the separate parts of a mask are sent one by one or in one window.
    public enum RegionPolicy: String, Sendable, Hashable, Codable, CaseIterable {
        /// Whichever costs less: image tokens where the model's are published, otherwise pixels of canvas. Equal costs go
        /// together.
        case byCost
        /// One request with one window around all of them.
        case together
        /// One request for each part, in parallel.
        case apart
    }
}
