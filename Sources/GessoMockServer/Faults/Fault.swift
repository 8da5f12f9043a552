/// One thing that goes wrong on purpose, and with which requests: a step of a script for tests.
///
/// As JSON, with `gesso serve --behavior FILE`, only the fields that matter are written:
///
/// ```json
/// {"faults": [
///   {"path": "/images/edits", "times": 2, "response": {"status": 429, "headers": {"retry-after": "1"}}},
///   {"path": "/images/generations", "skip": 1, "cut": {"at": 1000, "with": "reset"}}
/// ]}
/// ```
///
/// A request meets the first fault that fits it and is not used up. Offsets count bytes of the answer's body; what is to
/// happen past its end happens there, and is told as unappliedFaults (``CapturedRequest/unappliedFaults``).
public struct Fault: Sendable, Codable, Hashable {
    // Which requests.

    /// The end of the path; nil fits all.
    public var path: String?
    /// The method; nil fits all.
    public var method: String?
    /// How many fitting requests go unharmed first; 0 when nil.
    public var skip: Int?
    /// How many fitting requests are harmed after that; all when nil.
    public var times: Int?

    // Instead of the answer.

    /// Answers this, and paints nothing.
    public var response: Replacement?
    /// Cuts the connection after that many bytes of the request's body, with no answer.
    public var cutRequestAt: Int?

    // On the way back.

    /// Seconds before the first byte.
    public var delaySeconds: Double?
    /// How fast the status line and the headers are written.
    public var headBytesPerSecond: Double?
    /// How fast the body is written.
    public var bytesPerSecond: Double?
    /// Ends the connection at a byte of the body, or of the head.
    public var cut: Cut?
    /// Falls silent at a byte of the body.
    public var stall: Stall?
    /// Changes one byte of the body.
    public var flip: Flip?
    /// How the body's end is told; nil as usual.
    public var framing: Framing?
    /// Header fields after those that the answer has, any name as often as wanted: `[["retry-after", "1"]]`.
    public var addHeaders: [Header]?
    /// Added to the true Content-Length.
    public var contentLengthOffset: Int?
    /// That many `103 Early Hints` before the answer.
    public var informational: Int?
    /// Header lines without end, up to 8 MiB or until the client leaves.
    public var endlessHeaders: Bool?
    /// Compresses the body though nobody asked; offsets count what is sent then.
    public var gzip: Bool?
    /// What happens to the events of a stream.
    public var events: Events?

    public init() {}
}

extension Fault {
    /// An answer given in place of the true one.
    public struct Replacement: Sendable, Codable, Hashable {
        public var status: Int
        public var headers: [String: String]?
        /// The body as it is; takes precedence over ``error``.
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

    /// The `error` object of the API's answers.
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

    /// One header field, in JSON `["name", "value"]`.
    public struct Header: Sendable, Codable, Hashable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The end of a connection in the middle of an answer.
    public struct Cut: Sendable, Codable, Hashable {
        public enum End: String, Sendable, Codable {
            /// FIN: as if all had been said.
            case finish
            /// RST: as when a machine goes down.
            case reset
        }

        /// Where the offset counts from.
        public enum Part: String, Sendable, Codable {
            /// The first byte of the status line.
            case head
            /// The first byte behind the empty line.
            case body
        }

        public var at: Int
        /// ``End/finish`` when nil.
        public var with: End?
        /// ``Part/body`` when nil.
        public var part: Part?

        public init(at: Int, with end: End? = nil, part: Part? = nil) {
            self.at = at
            with = end
            self.part = part
        }
    }

    /// A silence in the middle of a body.
    public struct Stall: Sendable, Codable, Hashable {
        public var at: Int
        public var seconds: Double

        public init(at: Int, seconds: Double) {
            self.at = at
            self.seconds = seconds
        }
    }

    /// A damaged byte.
    public struct Flip: Sendable, Codable, Hashable {
        public var at: Int
        /// The bits that change; 1 when nil.
        public var bits: UInt8?

        public init(at: Int, bits: UInt8? = nil) {
            self.at = at
            self.bits = bits
        }
    }

    /// How an HTTP/1.1 body ends.
    public enum Framing: String, Sendable, Codable {
        case contentLength
        case chunked
        /// With the connection: a cut cannot be told from the end.
        case close
    }

    /// What happens to the events of a stream.
    public struct Events: Sendable, Codable, Hashable {
        /// The events to send, by number from 0, in this order: leave out, repeat and exchange at will. Numbers that
        /// there are not are left out.
        public var order: [Int]?
        /// After that many events, or all when there are fewer, comes an error event, and nothing more.
        public var errorAfter: Int?
        /// What the error event says.
        public var error: APIError?
        /// How the error event looks; ``ErrorForm/data`` when nil.
        public var errorForm: ErrorForm?
        public var lineEnd: LineEnd?
        public var byteOrderMark: Bool?
        /// A comment line before each event.
        public var comments: Bool?
        /// `data: [DONE]` at the end.
        public var done: Bool?
        /// Spreads the data of each event over several `data:` lines.
        public var dataLines: Bool?

        public init() {}
    }

    /// The shapes in which errors come inside a stream.
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
