import HTTPTypes
import Hummingbird
import Metrics

/// Measures how long each request takes until its response begins, by route, method and status.
///
/// Hummingbird's `MetricsMiddleware` labels a response that has no route with the path of its request, and takes any method:
/// clients could make up labels until the memory is full, and paths have names of images.
struct RequestMetrics: RouterMiddleware {
    typealias Context = ServerContext
    private static let methods: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        do {
            let response = try await next(request, context)
            record(request, context, "\(response.status.code)", start)
            return response
        } catch {
            record(request, context, "none", start)
            throw error
        }
    }

    private func record(
        _ request: Request, _ context: ServerContext, _ status: String, _ start: ContinuousClock.Instant
    ) {
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        let method = Self.methods.contains(request.method) ? request.method.rawValue : "other"
        let labels = [("route", context.endpointPath ?? "none"), ("method", method), ("status", status)]
        Metrics.Timer(label: "http_request_duration", dimensions: labels)
            .recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
