import HTTPTypes
import Hummingbird
import Logging

/// Gives each response the id of its request, and writes one line about it: never a query, which has signatures, nor a body.
struct RequestLog: RouterMiddleware {
    typealias Context = ServerContext

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let clock = ContinuousClock()
        let start = clock.now
        var response = try await next(request, context)
        response.headers[named: "x-request-id"] = context.id
        var metadata: Logger.Metadata = [
            "http.method": "\(request.method.rawValue)", "http.status": "\(response.status.code)",
            "http.duration": "\(clock.now - start)",
        ]
        // The route and not the path: names of images and jobs are as good as keys to them.
        metadata["http.route"] = "\(context.endpointPath ?? "none")"
        if let length = request.headers[.contentLength] { metadata["http.request.bytes"] = "\(length.prefix(20))" }
        context.logger.info("request", metadata: metadata)
        return response
    }
}

/// Headers that keep a browser from doing more with a response than the page needs.
struct SecurityHeaders: RouterMiddleware {
    typealias Context = ServerContext

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.contentSecurityPolicy] =
            "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
            + "form-action 'self'; frame-ancestors 'none'"
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[named: "referrer-policy"] = "no-referrer"
        response.headers[named: "cross-origin-resource-policy"] = "same-origin"
        return response
    }
}
