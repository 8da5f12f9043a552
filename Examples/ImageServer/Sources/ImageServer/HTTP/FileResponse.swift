import Foundation
import HTTPTypes
import Hummingbird

/// A file that never changes, as a response: conditional and range requests (RFC 9110, sections 13 and 14).
struct FileResponse: Sendable {
    let contentType: String
    /// A strong one, with its quotation marks.
    let eTag: String
    let cacheControl: String
    /// The request header that the response depends on.
    var varies: String?

    private var headers: HTTPFields {
        var headers: HTTPFields = [
            .contentType: contentType, .eTag: eTag, .cacheControl: cacheControl, .acceptRanges: "bytes",
        ]
        if let varies { headers[.vary] = varies }
        return headers
    }

    /// Status 304 if the client has this file already; it needs not to be made then.
    func notModified(_ request: Request) -> Response? {
        guard let conditions = request.headers[.ifNoneMatch], matches(conditions) else { return nil }
        var headers = headers
        headers[.contentType] = nil
        return Response(status: .notModified, headers: headers)
    }

    /// The comparison is weak, as `If-None-Match` demands.
    private func matches(_ conditions: String) -> Bool {
        conditions.split(separator: ",").contains { condition in
            let tag = condition.trimmingCharacters(in: .whitespaces)
            return tag == "*" || tag == eTag || tag == "W/\(eTag)"
        }
    }

    /// The file, or the one range of it that is asked for.
    func response(from file: URL, _ request: Request, _ context: ServerContext) async throws -> Response {
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        guard let length = (attributes[.size] as? NSNumber)?.intValue else { throw HTTPError(.internalServerError) }
        var headers = headers
        let isOtherFile = request.headers[.ifRange].map { $0 != eTag } ?? false
        // Ranges are of GET alone (RFC 9110, section 14.2).
        let isWhole = request.method != .get || isOtherFile
        switch isWhole ? ByteRange.whole : ByteRange(request.headers[.range], length: length) {
        case .unsatisfiable:
            return Response(status: .rangeNotSatisfiable, headers: [.contentRange: "bytes */\(length)"])
        case .whole:
            headers[.contentLength] = "\(length)"
            let body =
                request.method == .head
                ? ResponseBody() : try await Self.body(of: file, 0...max(0, length - 1), context)
            return Response(status: .ok, headers: headers, body: body)
        case .part(let part):
            headers[.contentLength] = "\(part.count)"
            headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound)/\(length)"
            return Response(
                status: .partialContent, headers: headers, body: try await Self.body(of: file, part, context))
        }
    }

    /// Small files are read at once, larger ones while they are sent.
    private static func body(
        of file: URL, _ range: ClosedRange<Int>, _ context: ServerContext
    ) async throws -> ResponseBody {
        try await FileIO().loadFile(path: file.path, range: range, context: context)
    }
}

/// What a `Range` header asks for.
enum ByteRange: Equatable {
    case whole
    case part(ClosedRange<Int>)
    case unsatisfiable

    /// One range is honored; several, other units and what cannot be read mean the whole file.
    init(_ header: String?, length: Int) {
        guard let header, header.hasPrefix("bytes="), !header.contains(",") else {
            self = .whole
            return
        }
        let ends = header.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }) else {
            self = .whole
            return
        }
        switch (Int(ends[0]), Int(ends[1])) {
        case (nil, let suffix?) where ends[0].isEmpty:
            self = suffix > 0 && length > 0 ? .part(max(0, length - suffix)...length - 1) : .unsatisfiable
        case (let first?, nil) where ends[1].isEmpty:
            self = first < length ? .part(first...length - 1) : .unsatisfiable
        case (let first?, let last?) where first <= last:
            self = first < length ? .part(first...min(last, length - 1)) : .unsatisfiable
        default: self = .whole
        }
    }
}
