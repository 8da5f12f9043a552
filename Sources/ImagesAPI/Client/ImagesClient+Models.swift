extension ImagesClient {
    /// A model that the server offers.
    public struct ListedModel: Sendable, Hashable {
        public var id: Model
        /// Unix seconds.
        public var created: Int?
        public var owner: String?
        /// The day from which it is no longer offered, `YYYY-MM-DD`, once that is known.
        public var shutdownDate: String?
        /// The whole object.
        public var raw: JSONValue

        init(_ value: JSONValue) throws(ImagesAPIError) {
            guard let id = value["id"]?.stringValue else {
                throw ImagesAPIError(.malformedResponse, "The answer describes no model; it has no id.")
            }
            self.id = Model(rawValue: id)
            created = value["created"]?.integerValue
            owner = value["owned_by"]?.stringValue
            shutdownDate = value["shutdown_date"]?.stringValue
            raw = value
        }
    }
}

extension ImagesClient {
    /// The models that the key may use (`GET /models`), those for images and all others.
    public func models() async throws(ImagesAPIError) -> [ImagesClient.ListedModel] {
        let value = try await call(.get, "/models")
        guard let elements = value["data"]?.arrayValue else {
            throw ImagesAPIError(.malformedResponse, "The answer lists no models; it has no data.")
        }
        var models: [ImagesClient.ListedModel] = []
        for element in elements { models.append(try ImagesClient.ListedModel(element)) }
        return models
    }
}
