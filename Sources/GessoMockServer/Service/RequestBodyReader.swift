#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Reads the body of a request, and keeps what it has read for the request log.
struct RequestBodyReader {
    private(set) var parts: [FormPart] = []
    private(set) var body = Data()

    /// Reads a JSON or a form body, by its content type.
    mutating func readAny(_ exchange: HTTPExchange) throws -> Parameters {
        let contentType = exchange.head.header("content-type")?.lowercased() ?? ""
        return contentType.hasPrefix("multipart/") ? try readForm(exchange) : try readJSON(exchange)
    }

    mutating func readJSON(_ exchange: HTTPExchange) throws -> Parameters {
        let contentType = exchange.head.header("content-type") ?? ""
        guard contentType.lowercased().hasPrefix("application/json") else {
            throw APIErrorResponse(
                400,
                "Unsupported content type: '\(contentType.prefix(200))'. This API method only accepts 'application/json' "
                    + "requests, but you specified the header 'Content-Type: \(contentType.prefix(200))'.",
                code: "unsupported_content_type")
        }
        do {
            body = try exchange.body.collect(limit: RequestHandler.jsonLimit)
        } catch let error as BodyTooLong {
            throw APIErrorResponse(413, "The body is longer than \(error.limit) bytes.")
        }
        guard case .object(let members)? = try? JSONDecoder().decode(RequestValue.self, from: body) else {
            throw APIErrorResponse(
                400, "We could not parse the JSON body of your request. The API expects a JSON object.")
        }
        return Parameters(object: members)
    }

    mutating func readForm(_ exchange: HTTPExchange, _ limits: MultipartParser.Limits = .init()) throws -> Parameters {
        let contentType = exchange.head.header("content-type") ?? ""
        guard let boundary = MultipartParser.boundary(of: contentType) else {
            throw APIErrorResponse(
                400,
                "Unsupported content type: '\(contentType.prefix(200))'. Files are sent as 'multipart/form-data' with a "
                    + "boundary.", code: "unsupported_content_type")
        }
        var parser = MultipartParser(boundary: boundary, limits: limits)
        do {
            while let bytes = try exchange.body.nextBytes() { try parser.feed(bytes) }
            parts = try parser.finish()
        } catch let fault as MultipartError {
            throw APIErrorResponse(400, "Could not parse multipart form: \(fault.reason) (at byte \(fault.offset)).")
        }
        return try Parameters(parts: parts)
    }
}
