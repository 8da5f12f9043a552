#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// One request as it reached a stand-in that captures: what a test asserts on.
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

    public let method: String
    /// Without the query.
    public let path: String
    /// Header fields in the order they came, names in lower case.
    public let headers: [(name: String, value: String)]
    /// The parts of a form, in order; empty for other bodies.
    public let parts: [Part]
    /// A body that is no form, as it came; empty for forms.
    public let body: Data
    /// The status that was answered.
    public let status: Int

    /// The first value of a header, whatever the name's case.
    public func header(_ name: String) -> String? {
        headers.first { $0.name == name.lowercased() }?.value
    }

    /// The parts of that name, in order.
    public func parts(named name: String) -> [Part] {
        parts.filter { $0.name == name }
    }
}
