// Decoding of faults from JSON. Every key must be known, at every level.

extension Fault {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case path, method, skip, times
        case response, cutRequestAt
        case delaySeconds, headBytesPerSecond, bytesPerSecond, cut, stall, flip, framing, addHeaders
        case contentLengthOffset, informational, endlessHeaders, gzip, events
    }

    public init(from decoder: any Decoder) throws {
        let script = try StrictJSONObject(decoder, keyedBy: CodingKeys.self, aliases: ["answer": .response])
        self.init()
        path = try script[.path]
        method = try script[.method]
        skip = try script[.skip]
        times = try script[.times]
        response = try script[.response]
        cutRequestAt = try script[.cutRequestAt]
        delaySeconds = try script[.delaySeconds]
        headBytesPerSecond = try script[.headBytesPerSecond]
        bytesPerSecond = try script[.bytesPerSecond]
        cut = try script[.cut]
        stall = try script[.stall]
        flip = try script[.flip]
        framing = try script[.framing]
        addHeaders = try script[.addHeaders]
        contentLengthOffset = try script[.contentLengthOffset]
        informational = try script[.informational]
        endlessHeaders = try script[.endlessHeaders]
        gzip = try script[.gzip]
        events = try script[.events]
    }
}

extension Fault.Replacement {
    enum CodingKeys: String, CodingKey, CaseIterable { case status, headers, body, error }

    public init(from decoder: any Decoder) throws {
        let script = try StrictJSONObject(decoder, keyedBy: CodingKeys.self)
        self.init(
            status: try script.required(.status), headers: try script[.headers], body: try script[.body],
            error: try script[.error])
    }
}

extension Fault.APIError {
    enum CodingKeys: String, CodingKey, CaseIterable { case message, type, param, code }

    public init(from decoder: any Decoder) throws {
        let script = try StrictJSONObject(decoder, keyedBy: CodingKeys.self)
        self.init(
            try script.required(.message), type: try script[.type], param: try script[.param], code: try script[.code])
    }
}

extension Fault.Header {
    public init(from decoder: any Decoder) throws {
        var pair = try decoder.unkeyedContainer()
        self.init(try pair.decode(String.self), try pair.decode(String.self))
        guard pair.isAtEnd else {
            throw DecodingError.dataCorruptedError(in: pair, debugDescription: "A header is [\"name\", \"value\"].")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var pair = encoder.unkeyedContainer()
        try pair.encode(name)
        try pair.encode(value)
    }
}

extension Fault.Cut {
    enum CodingKeys: String, CodingKey, CaseIterable { case at, with, part }

    public init(from decoder: any Decoder) throws {
        let script = try StrictJSONObject(decoder, keyedBy: CodingKeys.self)
        self.init(at: try script.required(.at), with: try script[.with], part: try script[.part])
    }
}

extension Fault.Stall {
    enum CodingKeys: String, CodingKey, CaseIterable { case at, seconds }

    public init(from decoder: any Decoder) throws {
        let script = try StrictJSONObject(decoder, keyedBy: CodingKeys.self)
        self.init(at: try script.required(.at), seconds: try script.required(.seconds))
    }
}

extension Fault.Flip {
    enum CodingKeys: String, CodingKey, CaseIterable { case at, bits }

    public init(from decoder: any Decoder) throws {
        let script = try StrictJSONObject(decoder, keyedBy: CodingKeys.self)
        self.init(at: try script.required(.at), bits: try script[.bits])
    }
}

extension Fault.Events {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case order, errorAfter, error, errorForm, lineEnd, byteOrderMark, comments, done, dataLines
    }

    public init(from decoder: any Decoder) throws {
        let script = try StrictJSONObject(decoder, keyedBy: CodingKeys.self)
        self.init()
        order = try script[.order]
        errorAfter = try script[.errorAfter]
        error = try script[.error]
        errorForm = try script[.errorForm]
        lineEnd = try script[.lineEnd]
        byteOrderMark = try script[.byteOrderMark]
        comments = try script[.comments]
        done = try script[.done]
        dataLines = try script[.dataLines]
    }
}
