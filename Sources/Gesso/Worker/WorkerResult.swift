package import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a job has made.
package struct WorkerResult: Sendable {
    /// One file.
    package struct Output: Sendable {
        package let name: String
        package let image: EncodedImage
        /// Where it is written; nil for one that is sent in the result's body.
        package let path: String?

        package init(name: String, image: EncodedImage, path: String? = nil) {
            self.name = name
            self.image = image
            self.path = path
        }
    }

    package let outputs: [Output]
    /// What else there is to say.
    package let report: (any Encodable & Sendable)?

    package init(outputs: [Output] = [], report: (any Encodable & Sendable)? = nil) {
        self.outputs = outputs
        self.report = report
    }
}

/// One line that a worker writes after a job, and the body behind it.
struct WorkerResponse: Sendable {
    let line: Data
    let body: [Data]
    let isDone: Bool

    private struct Line: Encodable {
        struct Output: Encodable {
            let name: String
            let format: String
            let width: Int
            let height: Int
            let bytes: Int
            let path: String?
        }

        let id: String?
        let status: String
        let bytes: Int
        var outputs: [Output]?
        var report: AnyEncodable?
        var error: AnyEncodable?
        /// Of a manifest: which line this is the result of.
        var digest: String?

        enum CodingKeys: CodingKey { case id, status, bytes, outputs, report, error, digest }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            // Written as null too: every result has an id.
            try values.encode(id, forKey: .id)
            try values.encode(status, forKey: .status)
            try values.encode(bytes, forKey: .bytes)
            try values.encodeIfPresent(outputs, forKey: .outputs)
            try values.encodeIfPresent(report, forKey: .report)
            try values.encodeIfPresent(error, forKey: .error)
            try values.encodeIfPresent(digest, forKey: .digest)
        }
    }

    init(_ result: WorkerResult, id: String, digest: String?) throws {
        body = result.outputs.compactMap { $0.path == nil ? $0.image.data : nil }
        isDone = true
        line = try WorkerResponse.encoded(
            Line(
                id: id, status: "done", bytes: body.reduce(0) { $0 + $1.count },
                outputs: result.outputs.map { output in
                    let image = output.image
                    return Line.Output(
                        name: output.name, format: image.format.rawValue, width: image.size.width,
                        height: image.size.height, bytes: image.data.count, path: output.path)
                },
                report: result.report.map { AnyEncodable($0) }, digest: digest))
    }

    init(failure: any Encodable & Sendable, id: String?, digest: String? = nil) {
        (body, isDone) = ([], false)
        let full = Line(id: id, status: "failed", bytes: 0, error: AnyEncodable(failure), digest: digest)
        line = (try? WorkerResponse.encoded(full)) ?? Data("{\"bytes\":0,\"id\":null,\"status\":\"failed\"}\n".utf8)
    }

    /// Any value as one line of JSON; the same value always gives the same bytes.
    static func encoded(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value) + [UInt8(ascii: "\n")]
    }

    /// A value of a type that its container does not know.
    private struct AnyEncodable: Encodable {
        let value: any Encodable
        init(_ value: any Encodable) { self.value = value }
        func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
    }
}
