import CGessoCurl

extension ResponseHead {
    private static let requestIDNames = [
        "x-request-id", "apim-request-id", "x-litellm-call-id", "x-oneapi-request-id", "x-generation-id", "request-id",
        "x-ms-request-id", "x-correlation-id",
    ]

    /// The server's id of the request, under the names that servers and gateways use for it.
    var requestID: String? {
        for name in Self.requestIDNames {
            if let id = self[name], !id.isEmpty { return id }
        }
        return nil
    }
}

extension ResponseHead {
    /// An address in the body, resolved against the server's base URL if it is relative.
    func absolute(_ address: String) -> String {
        guard let baseURL, !address.contains("://"), !address.utf8.contains(0) else { return address }
        var parsed = gesso_url()
        guard gesso_url_parse(baseURL, address, &parsed) == 0 else { return address }
        defer { gesso_url_free(&parsed) }
        return parsed.url.map { String(cString: $0) } ?? address
    }
}

/// The cost of a request as the server states it, in US dollars.
enum ReportedCost {
    /// - Returns: nil if the response does not state one.
    static func dollars(_ value: JSONValue, head: ResponseHead) -> Double? {
        dollars(value) ?? head["x-litellm-response-cost"].flatMap { amount(Double($0.trimmingBlanks())) }
    }

    /// The cost in a document: `usage.cost`, or `cost_in_usd_ticks` of xAI, 1e-10 dollars each.
    static func dollars(_ value: JSONValue) -> Double? {
        for place in [value["usage"], value] {
            if let ticks = place?["cost_in_usd_ticks"]?.doubleValue { return amount(ticks / 1e10) }
        }
        return amount(value["usage"]?["cost"]?.doubleValue)
    }

    private static func amount(_ dollars: Double?) -> Double? {
        dollars.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
    }
}

extension JSONValue {
    /// The value of a number.
    var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
