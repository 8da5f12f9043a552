#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A request that a capturing mock server has received, for assertions in tests.
public struct CapturedRequest: Sendable {
    /// One part of a `multipart/form-data` body.
    public struct Part: Sendable {
        public let name: String
        public let filename: String?
        public let contentType: String?
        public let data: Data

        /// The data as UTF-8 text.
        public var text: String { String(decoding: data, as: UTF8.self) }
    }

    /// How the exchange ended.
    public enum Outcome: String, Sendable {
        /// The whole response was written.
        case completed
        /// A fault ended the exchange.
        case cut
        /// The client disconnected before the response was written.
        case clientDisconnected
    }

    public let method: String
    /// Without the query.
    public let path: String
    /// Without the question mark.
    public let query: String
    /// Header fields in order of arrival, names in lower case.
    public let headers: [(name: String, value: String)]
    /// When the head had been read.
    public let began: ContinuousClock.Instant
    /// The parts of a form, in order; empty for other bodies.
    public internal(set) var parts: [Part] = []
    /// A body that is not a form; empty for forms.
    public internal(set) var body = Data()
    /// The status of the response; nil if there was none.
    public internal(set) var status: Int?
    /// One sentence for each scripted fault that was not applied, or not where the script says.
    public internal(set) var unappliedFaults: [String] = []
    /// Nil while the exchange lasts.
    public internal(set) var outcome: Outcome?
    /// When the exchange ended, or the server noticed that the client had disconnected.
    public internal(set) var ended: ContinuousClock.Instant?

    init(method: String, path: String, query: String, headers: [(name: String, value: String)]) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        began = .now
    }

    /// The first value of a header field; the case of `name` does not matter.
    public func header(_ name: String) -> String? {
        headers.first { $0.name == name.lowercased() }?.value
    }

    /// The parts of that name, in order.
    public func parts(named name: String) -> [Part] {
        parts.filter { $0.name == name }
    }
}
