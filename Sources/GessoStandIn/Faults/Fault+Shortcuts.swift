extension Fault {
    /// An error of the API instead of the answer.
    public static func status(
        _ status: Int, code: String? = nil, headers: [String: String]? = nil, times: Int? = nil
    ) -> Fault {
        var fault = Fault()
        let error = APIError("This is a fault on purpose.", type: "server_error", code: code)
        fault.answer = Replacement(status: status, headers: headers, error: error)
        fault.times = times
        return fault
    }

    /// A page of a proxy instead of the answer.
    public static func html(_ status: Int) -> Fault {
        var fault = Fault()
        fault.answer = Replacement(
            status: status, headers: ["content-type": "text/html"],
            body: "<html><head><title>\(status)</title></head><body><center><h1>\(status)</h1></center></body></html>")
        return fault
    }

    /// The connection ends at that byte of the body.
    public static func cut(at offset: Int, with end: Cut.End = .finish) -> Fault {
        var fault = Fault()
        fault.cut = Cut(at: offset, with: end)
        return fault
    }
}
