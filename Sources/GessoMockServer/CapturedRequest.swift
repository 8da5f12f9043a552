#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// One request as it reached a mock server that captures: what a test asserts on.
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

    /// How an exchange ended.
    public enum Outcome: String, Sendable {
        /// The answer was written to its end.
        case completed
        /// A fault ended it.
        case cut
        /// The client went away before the answer was written.
        case clientDisconnected
    }

    public let method: String
    /// Without the query.
    public let path: String
    /// Without the question mark.
    public let query: String
    /// Header fields in the order they came, names in lower case.
    public let headers: [(name: String, value: String)]
    /// When the head had been read.
    public let began: ContinuousClock.Instant
    /// The parts of a form, in order; empty for other bodies.
    public internal(set) var parts: [Part] = []
    /// A body that is no form, as it came; empty for forms.
    public internal(set) var body = Data()
    /// The status that was answered; nil when nothing was.
    public internal(set) var status: Int?
    /// What was to go wrong with it by the script and did not, or not where it was to: a sentence each.
    public internal(set) var unappliedFaults: [String] = []
    /// Nil as long as it lasts.
    public internal(set) var outcome: Outcome?
    /// When the exchange was over, or the client seen leaving.
    public internal(set) var ended: ContinuousClock.Instant?

    init(method: String, path: String, query: String, headers: [(name: String, value: String)]) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        began = .now
    }

    /// The first value of a header, whatever the name's case.
    public func header(_ name: String) -> String? {
        headers.first { $0.name == name.lowercased() }?.value
    }

    /// The parts of that name, in order.
    public func parts(named name: String) -> [Part] {
        parts.filter { $0.name == name }
    }
}
