import CGessoCurl

extension ResponseHead {
    private static let requestIDNames = [
        "x-request-id", "apim-request-id", "x-litellm-call-id", "x-oneapi-request-id", "x-generation-id", "request-id",
        "x-ms-request-id", "x-amzn-requestid", "x-fal-request-id", "x-dashscope-request-id", "x-tt-logid",
        "x-correlation-id", "x-trace-id",
    ]

    /// The server's id of the request, under the names that servers and gateways use for it.
    var requestID: String? {
        for name in Self.requestIDNames {
            if let id = self[name], !id.isEmpty { return id }
        }
        return nil
    }
}

extension JSONValue {
    /// The server's id of the request in a body, where gateways have it that send no such header.
    var requestID: String? {
        for place in [self, self["error"], self["Response"]] {
            for name in ["request_id", "requestId", "RequestId"] {
                if let id = place?[name]?.plainText { return id }
            }
        }
        // one-api and its relatives have it at the end of the sentence.
        guard let message = self["error"]?["message"]?.stringValue ?? self["message"]?.stringValue,
            let start = message.firstRange(of: "(request id: ")
        else { return nil }
        let id = message[start.upperBound...].prefix { $0 != ")" && $0 != " " }
        return id.isEmpty ? nil : String(id)
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

    /// The cost in a document: `usage.cost`, or `cost_in_usd_ticks` of xAI, 1e-10 dollars each. A `cost` beside the images
    /// may be in credits, and does not count.
    static func dollars(_ value: JSONValue) -> Double? {
        for place in [value["usage"], value] {
            if let ticks = place?["cost_in_usd_ticks"]?.writtenNumber { return amount(ticks / 1e10) }
        }
        let places = [value["usage"]?["cost"], value["usage"]?["total_cost"], value["inference_status"]?["cost"]]
        return amount(places.lazy.compactMap { $0?.writtenNumber }.first)
    }

    private static func amount(_ dollars: Double?) -> Double? {
        dollars.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
    }
}

extension JSONValue {
    /// The value of a number, also of one that is written as text.
    fileprivate var writtenNumber: Double? { doubleValue ?? stringValue.flatMap(Double.init) }

    /// The value of a number.
    var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
