extension Fault {
    private static func with<Value>(_ field: WritableKeyPath<Fault, Value>, _ value: Value) -> Fault {
        var fault = Fault()
        fault[keyPath: field] = value
        return fault
    }

    // MARK: Instead of the response

    /// An API error in place of the response.
    public static func status(
        _ status: Int, code: String? = nil, headers: [String: String]? = nil, times: Int? = nil
    ) -> Fault {
        let error = APIError("This fault was injected.", type: "server_error", code: code)
        var fault = with(\.response, Replacement(status: status, headers: headers, error: error))
        fault.times = times
        return fault
    }

    /// The HTML page of a proxy in place of the response.
    public static func html(_ status: Int) -> Fault {
        with(
            \.response,
            Replacement(
                status: status, headers: ["content-type": "text/html"],
                body:
                    "<html><head><title>\(status)</title></head><body><center><h1>\(status)</h1></center></body></html>"
            ))
    }

    /// A redirect in place of the response.
    public static func redirect(to address: String, status: Int = 302) -> Fault {
        with(\.response, Replacement(status: status, headers: ["location": address], body: ""))
    }

    // MARK: While the response is written

    /// Ends the connection at that byte of the body, or of the head.
    public static func cut(at offset: Int, with end: Cut.End = .finish, part: Cut.Part = .body) -> Fault {
        with(\.cut, Cut(at: offset, with: end, part: part))
    }

    /// Pauses at that byte of the body.
    public static func stall(at offset: Int, seconds: Double) -> Fault {
        with(\.stall, Stall(at: offset, seconds: seconds))
    }

    /// Flips bits of that byte of the body.
    public static func flip(at offset: Int, bits: UInt8 = 1) -> Fault {
        with(\.flip, Flip(at: offset, bits: bits))
    }

    /// Writes head and body at a low rate.
    public static func slowLoris(bytesPerSecond: Double = 10) -> Fault {
        var fault = with(\.headBytesPerSecond, bytesPerSecond)
        fault.bytesPerSecond = bytesPerSecond
        return fault
    }

    /// Writes header fields without end.
    public static func endlessHeaders() -> Fault { with(\.endlessHeaders, true) }

    /// Compresses the body though the client did not ask for it.
    public static func gzip() -> Fault { with(\.gzip, true) }

    /// Sends the events of a stream in that order, by number from 0; events can be left out and repeated.
    public static func eventOrder(_ order: [Int]) -> Fault {
        var events = Events()
        events.order = order
        return with(\.events, events)
    }
}
