extension ImagesClient {
    /// A ceiling on what a client may spend; reached, requests are refused before they are sent.
    public struct SpendingLimit: Sendable, Hashable, Codable {
        /// US dollars, over the life of the client.
        public var dollars: Double
        /// What a request counts for whose price nobody has published, in US dollars; nil refuses such requests.
        ///
        /// That is most edits, and models without a table of tokens.
        public var assumedDollars: Double?

        public init(dollars: Double, assumedDollars: Double? = nil) {
            self.dollars = dollars
            self.assumedDollars = assumedDollars
        }
    }

    /// What a client has spent so far, as far as `usage` and the price table tell.
    public struct Spending: Sendable, Hashable {
        /// US dollars spent, those included that may have been.
        public var dollars = 0.0
        /// US dollars set aside for requests under way.
        public var reserved = 0.0

        /// Sets a price aside; false when that would break the ceiling.
        mutating func reserve(_ price: Double, limit: Double) -> Bool {
            guard dollars + reserved + price <= limit else { return false }
            reserved += price
            return true
        }

        mutating func settle(reserved price: Double, actual: Double) {
            reserved = max(reserved - price, 0)
            dollars += actual
        }
    }
}
