import Foundation
import Gesso
import GessoJobs
import HTTPTypes
import Hummingbird
import NIOHTTP1

/// The body of every response that is an error: `{"error": {"code": …, "message": …}}`.
struct ErrorBody: Encodable {
    struct Details: Encodable {
        let code: String
        /// One sentence or two that a person can act on.
        let message: String
        let requestID: String
    }
    let error: Details
}

/// Maps errors to statuses; the sentence of the error goes to the client, which can act on it.
struct ErrorResponses: RouterMiddleware {
    typealias Context = ServerContext

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        do {
            // A path ends at a zero byte for the file system, and not for whoever looks at its extension.
            guard !request.uri.path.contains("%00") else { throw HTTPError(.badRequest) }
            return try await next(request, context)
        } catch let error as HTTPError {
            let message = error.body ?? Self.sentence(error.status)
            return try response(error.status, "http.\(error.status.code)", message, request, context, error.headers)
        } catch let error as GessoError {
            return try response(Self.status(of: error), error.code.rawValue, error.message, request, context)
        } catch let error as ImagesAPIError {
            // Clients are asked to retry only where that cannot pay twice.
            let retry = error.isRetryable ? "\(error.retryAfter?.components.seconds ?? 10)" : nil
            return try response(
                error.isRetryable ? .serviceUnavailable : .unprocessableContent, error.code.rawValue, error.message,
                request, context, retry.map { [.retryAfter: $0] } ?? [:])
        } catch let error as any HTTPResponseError {
            return try response(
                error.status, "http.\(error.status.code)", Self.sentence(error.status), request, context)
        } catch let error as HTTPParserError {
            // The client is gone, or sends no HTTP: there is nobody to respond to.
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            // What went wrong inside is for the log.
            context.logger.error("request failed", metadata: ["error": "\(error)"])
            return try response(
                .internalServerError, "internal",
                "Something went wrong on the server. Try again; if it stays so, tell its operator this number: \(context.id).",
                request, context)
        }
    }

    private func response(
        _ status: HTTPResponse.Status, _ code: String, _ message: String, _ request: Request,
        _ context: ServerContext, _ headers: HTTPFields = [:]
    ) throws -> Response {
        if status.kind == .serverError {
            context.logger.warning(
                "request refused", metadata: ["error.code": "\(code)", "http.status": "\(status.code)"])
        }
        let body = ErrorBody(error: .init(code: code, message: message, requestID: context.id))
        var response = try context.responseEncoder.encode(body, from: request, context: context)
        response.status = status
        response.headers.append(contentsOf: headers)
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private static func status(of error: GessoError) -> HTTPResponse.Status {
        switch error.code {
        case .overloaded, .outOfMemory, .timedOut: .serviceUnavailable
        case .tooManyPixels, .tooManyBytes, .sideTooLong, .limitExceeded: .contentTooLarge
        case .unsupportedFormat: .unsupportedMediaType
        case .fileNotFound: .notFound
        default: .badRequest
        }
    }

    private static func sentence(_ status: HTTPResponse.Status) -> String {
        switch status {
        case .notFound: "There is nothing at this address."
        case .methodNotAllowed: "This address does not take that method."
        case .contentTooLarge: "The request is larger than this server accepts."
        default: "The request was refused: \(status.reasonPhrase)."
        }
    }
}
