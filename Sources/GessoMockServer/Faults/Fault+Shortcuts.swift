extension Fault {
    private static func with<Value>(_ field: WritableKeyPath<Fault, Value>, _ value: Value) -> Fault {
        var fault = Fault()
        fault[keyPath: field] = value
        return fault
    }

    // MARK: Instead of the answer

    /// An error of the API instead of the answer.
    public static func status(
        _ status: Int, code: String? = nil, headers: [String: String]? = nil, times: Int? = nil
    ) -> Fault {
        let error = APIError("This is a fault on purpose.", type: "server_error", code: code)
        var fault = with(\.response, Replacement(status: status, headers: headers, error: error))
        fault.times = times
        return fault
    }

    /// A page of a proxy instead of the answer.
    public static func html(_ status: Int) -> Fault {
        with(
            \.response,
            Replacement(
                status: status, headers: ["content-type": "text/html"],
                body:
                    "<html><head><title>\(status)</title></head><body><center><h1>\(status)</h1></center></body></html>"
            ))
    }

    /// The answer is elsewhere.
    public static func redirect(to address: String, status: Int = 302) -> Fault {
        with(\.response, Replacement(status: status, headers: ["location": address], body: ""))
    }

    // MARK: On the way back

    /// The connection ends at that byte of the body, or of the head.
    public static func cut(at offset: Int, with end: Cut.End = .finish, part: Cut.Part = .body) -> Fault {
        with(\.cut, Cut(at: offset, with: end, part: part))
    }

    /// Silence at that byte of the body.
    public static func stall(at offset: Int, seconds: Double) -> Fault {
        with(\.stall, Stall(at: offset, seconds: seconds))
    }

    /// Other bits in that byte of the body.
    public static func flip(at offset: Int, bits: UInt8 = 1) -> Fault {
        with(\.flip, Flip(at: offset, bits: bits))
    }

    /// Head and body a few bytes at a time.
    public static func slowLoris(bytesPerSecond: Double = 10) -> Fault {
        var fault = with(\.headBytesPerSecond, bytesPerSecond)
        fault.bytesPerSecond = bytesPerSecond
        return fault
    }

    /// A head that does not come to its end.
    public static func endlessHeaders() -> Fault { with(\.endlessHeaders, true) }

    /// A body compressed unasked.
    public static func gzip() -> Fault { with(\.gzip, true) }

    /// The events of a stream with those numbers, from 0, in that order: leaves out, repeats and exchanges.
    public static func eventOrder(_ order: [Int]) -> Fault {
        var events = Events()
        events.order = order
        return with(\.events, events)
    }
}
