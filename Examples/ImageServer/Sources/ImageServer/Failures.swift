import Gesso
import Hummingbird

/// Maps errors to HTTP statuses; the sentence of the error goes to the client, which can act on it.
struct Failures<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as GessoError {
            throw HTTPError(status(of: error), message: error.message)
        } catch let error as ImagesAPIError {
            // Clients are asked to retry only where that cannot pay twice.
            var headers = HTTPFields()
            if error.isRetryable { headers[.retryAfter] = "\(error.retryAfter?.components.seconds ?? 10)" }
            throw HTTPError(status(of: error), headers: headers, message: error.message)
        } catch let error as Editor.UnfinishedEdit {
            context.logger.error(
                "a response was paid for and the edit not finished", metadata: ["cause": "\(error.cause)"])
            throw HTTPError(.badGateway, message: "The edit was made and could not be finished.")
        }
    }

    private func status(of error: GessoError) -> HTTPResponse.Status {
        switch error.code {
        case .overloaded, .outOfMemory: .serviceUnavailable
        case .tooManyPixels, .tooManyBytes, .sideTooLong, .limitExceeded: .contentTooLarge
        case .unsupportedFormat: .unsupportedMediaType
        default: .badRequest
        }
    }

    private func status(of error: ImagesAPIError) -> HTTPResponse.Status {
        switch error.code {
        case .moderationBlocked, .badRequest, .invalidRequest: .unprocessableContent
        case .rateLimited, .overloaded: .serviceUnavailable
        default: error.isRetryable ? .serviceUnavailable : .badGateway
        }
    }
}
