/// A fault to inject, and the requests that it applies to.
///
/// In a JSON file for `gesso serve --behavior FILE`, only the fields that matter are written:
///
/// ```json
/// {"faults": [
///   {"path": "/images/edits", "times": 2, "response": {"status": 429, "headers": {"retry-after": "1"}}},
///   {"path": "/images/generations", "skip": 1, "cut": {"at": 1000, "with": "reset"}}
/// ]}
/// ```
///
/// A request gets the first fault that matches it and is not used up. Offsets count the bytes of the response's body. A
/// fault whose offset lies beyond the end is applied at the end and reported in ``CapturedRequest/unappliedFaults``.
public struct Fault: Sendable, Codable, Hashable {
    // Which requests it applies to.

    /// The end of the path; nil matches every path.
    public var path: String?
    /// The HTTP method; nil matches every method.
    public var method: String?
    /// The number of matching requests to leave alone first; nil means 0.
    public var skip: Int?
    /// The number of matching requests to apply the fault to after that; nil means all.
    public var times: Int?

    // Instead of the response.

    /// Sends this response; no image is rendered.
    public var response: Replacement?
    /// Ends the connection after that many bytes of the request's body, without a response.
    public var cutRequestAt: Int?

    // While the response is written.

    /// Seconds before the first byte.
    public var delaySeconds: Double?
    /// Bytes per second of the status line and the header fields.
    public var headBytesPerSecond: Double?
    /// Bytes per second of the body.
    public var bytesPerSecond: Double?
    /// Ends the connection at a byte of the body or of the head.
    public var cut: Cut?
    /// Pauses at a byte of the body.
    public var stall: Stall?
    /// Changes one byte of the body.
    public var flip: Flip?
    /// How the end of the body is marked; nil for the usual way.
    public var framing: Framing?
    /// Header fields to add after those of the response; names may repeat: `[["retry-after", "1"]]`.
    public var addHeaders: [Header]?
    /// A number to add to the correct Content-Length.
    public var contentLengthOffset: Int?
    /// The number of `103 Early Hints` responses to send first.
    public var informational: Int?
    /// Sends header fields without end, up to 8 MiB or until the client disconnects.
    public var endlessHeaders: Bool?
    /// Compresses the body though the client did not ask for it; offsets count the compressed bytes.
    public var gzip: Bool?
    /// Changes of the events of a stream.
    public var events: Events?

    public init() {}
}

extension Fault {
    /// A response sent in place of the real one.
    public struct Replacement: Sendable, Codable, Hashable {
        public var status: Int
        public var headers: [String: String]?
        /// The body as text; takes precedence over ``error``.
        public var body: String?
        /// The body as an error of the API.
        public var error: APIError?

        public init(status: Int, headers: [String: String]? = nil, body: String? = nil, error: APIError? = nil) {
            self.status = status
            self.headers = headers
            self.body = body
            self.error = error
        }
    }

    /// The `error` object of an error response.
    public struct APIError: Sendable, Codable, Hashable {
        public var message: String
        public var type: String?
        public var param: String?
        public var code: String?

        public init(_ message: String, type: String? = nil, param: String? = nil, code: String? = nil) {
            self.message = message
            self.type = type
            self.param = param
            self.code = code
        }
    }

    /// One header field; `["name", "value"]` in JSON.
    public struct Header: Sendable, Codable, Hashable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The end of a connection in the middle of a response.
    public struct Cut: Sendable, Codable, Hashable {
        public enum End: String, Sendable, Codable {
            /// FIN, as at the end of a complete response.
            case finish
            /// RST, as when a machine crashes.
            case reset
        }

        /// The part of the response in which the offset counts.
        public enum Part: String, Sendable, Codable {
            /// From the first byte of the status line.
            case head
            /// From the first byte after the empty line.
            case body
        }

        public var at: Int
        /// Nil means ``End/finish``.
        public var with: End?
        /// Nil means ``Part/body``.
        public var part: Part?

        public init(at: Int, with end: End? = nil, part: Part? = nil) {
            self.at = at
            with = end
            self.part = part
        }
    }

    /// A pause in the middle of a body.
    public struct Stall: Sendable, Codable, Hashable {
        public var at: Int
        public var seconds: Double

        public init(at: Int, seconds: Double) {
            self.at = at
            self.seconds = seconds
        }
    }

    /// A changed byte.
    public struct Flip: Sendable, Codable, Hashable {
        public var at: Int
        /// The bits to flip; nil means 1.
        public var bits: UInt8?

        public init(at: Int, bits: UInt8? = nil) {
            self.at = at
            self.bits = bits
        }
    }

    /// How the end of an HTTP/1.1 body is marked.
    public enum Framing: String, Sendable, Codable {
        case contentLength
        case chunked
        /// By closing the connection; the client cannot distinguish a cut from the end.
        case close
    }

    /// Changes of the events of a stream.
    public struct Events: Sendable, Codable, Hashable {
        /// The events to send, by number from 0, in this order; events can be left out and repeated. Numbers that do
        /// not exist are ignored.
        public var order: [Int]?
        /// The number of events after which an error event ends the stream; if there are fewer events, after all of
        /// them.
        public var errorAfter: Int?
        /// The content of the error event.
        public var error: APIError?
        /// The form of the error event; nil means ``ErrorForm/data``.
        public var errorForm: ErrorForm?
        public var lineEnd: LineEnd?
        public var byteOrderMark: Bool?
        /// Whether to send a comment line before each event.
        public var comments: Bool?
        /// Whether to send `data: [DONE]` at the end.
        public var done: Bool?
        /// Whether to spread the data of each event over several `data:` lines.
        public var dataLines: Bool?

        public init() {}
    }

    /// The forms of errors within a stream.
    public enum ErrorForm: String, Sendable, Codable {
        /// `data: {"error":{…}}`.
        case data
        /// `event: error`, with the object under `error`.
        case event
        /// `event: error`, with the object itself.
        case bare
        /// `data: {"type":"error","message","code"}`.
        case typed
    }

    public enum LineEnd: String, Sendable, Codable {
        case lf
        case crlf
        case cr

        var text: String {
            switch self {
            case .lf: "\n"
            case .crlf: "\r\n"
            case .cr: "\r"
            }
        }
    }
}
