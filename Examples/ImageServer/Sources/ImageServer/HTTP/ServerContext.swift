import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// What belongs to one request.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Whose request it is; set by ``OwnerCookie``.
    var owner: Owner?

    init(source: Source) { coreContext = .init(source: source) }

    /// The owner, where ``OwnerCookie`` is in front of the route.
    func requireOwner() throws -> Owner {
        guard let owner else { throw HTTPError(.unauthorized, message: "Cookies are needed to know your images.") }
        return owner
    }
}

/// Gives each browser a random cookie, by which it finds its own images and nobody else's.
struct OwnerCookie: RouterMiddleware {
    typealias Context = ServerContext
    private static let name = "gesso-owner"

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let value = request.cookies[Self.name]?.value, value.utf8.count == 43, Data(base64URL: value)?.count == 32 {
            context.owner = Owner(cookie: value)
            return try await next(request, context)
        }
        var generator = SystemRandomNumberGenerator()
        let bytes = Data((0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })
        let value = bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
        context.owner = Owner(cookie: value)
        let isSecure = request.headers[named: "x-forwarded-proto"] == "https"
        let cookie = Cookie(
            name: Self.name, value: value, maxAge: 365 * 86_400, path: "/", secure: isSecure, sameSite: .lax)
        do {
            var response = try await next(request, context)
            response.setCookie(cookie)
            return response
        } catch var error as HTTPError {
            error.headers[.setCookie] = cookie.description
            throw error
        }
    }
}

/// Refuses changes that another site's page asks a browser for, which would send the cookie along.
struct SameOrigin: RouterMiddleware {
    typealias Context = ServerContext

    func handle(
        _ request: Request, context: ServerContext, next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let isSafe = [.get, .head, .options].contains(request.method)
        let site = request.headers[named: "sec-fetch-site"] ?? "none"
        var isForeign = !["none", "same-origin"].contains(site)
        if let origin = request.headers[.origin], let host = request.head.authority {
            // An origin is a scheme and an authority (RFC 6454, section 6.2).
            isForeign = isForeign || !origin.hasSuffix("://\(host)")
        }
        guard isSafe || !isForeign else {
            throw HTTPError(.forbidden, message: "Requests from other sites are not accepted.")
        }
        return try await next(request, context)
    }
}

extension HTTPFields {
    /// The value of a header that HTTPTypes has no name for.
    subscript(named name: String) -> String? {
        get { HTTPField.Name(name).flatMap { self[$0] } }
        set { HTTPField.Name(name).map { self[$0] = newValue } }
    }
}
