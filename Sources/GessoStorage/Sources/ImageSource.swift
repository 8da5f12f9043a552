public import Gesso
public import ImagesAPI

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Reads images from URLs, which may come from users.
///
/// ```swift
/// let thumbnail = try await Image(fetching: url).thumbnail(256).webp()
/// let size = try await ImageSource.shared.probe(url).header.uprightSize
/// ```
/// By default only public addresses are connected to, over https on port 443, and no more bytes are taken than an image may
/// have; the address is checked when it is connected to and at every redirect. For servers of your own name their origins.
public struct ImageSource: Sendable {
    /// The rules for addresses, redirects, bytes and time.
    public let policy: ImagesClient.FetchPolicy
    /// The only origins that are read from, private ones included; nil for all that ``policy`` allows.
    public let origins: Set<String>?
    /// When a failed request is sent again: by default up to twice, after failed connections, 429 and 5xx.
    public let retryPolicy: ImagesClient.RetryPolicy
    private let client: ImagesClient

    /// A source under the rules for addresses that come from outside.
    public init(
        policy: ImagesClient.FetchPolicy = ImagesClient.FetchPolicy(),
        retryPolicy: ImagesClient.RetryPolicy = ImagesClient.RetryPolicy()
    ) {
        self.init(policy, nil, retryPolicy, nil)
    }

    /// A source that reads from these origins only, which are trusted: also private addresses, other ports and plain `http`.
    ///
    /// - Parameters:
    ///   - origins: scheme, host and port, such as `https://images.example.org` or `http://10.0.0.5:9000`.
    ///   - policy: redirects, bytes and time; the rest of it has no effect.
    ///   - certificateAuthorityFile: PEM certificates to trust instead of the system's.
    public init(
        only origins: Set<String>, policy: ImagesClient.FetchPolicy = ImagesClient.FetchPolicy(),
        retryPolicy: ImagesClient.RetryPolicy = ImagesClient.RetryPolicy(), certificateAuthorityFile: String? = nil
    ) {
        self.init(policy, origins, retryPolicy, certificateAuthorityFile)
    }

    /// The source with the default rules.
    public static let shared = ImageSource()

    private init(
        _ policy: ImagesClient.FetchPolicy, _ origins: Set<String>?, _ retryPolicy: ImagesClient.RetryPolicy,
        _ certificateAuthorityFile: String?
    ) {
        self.policy = policy
        self.origins = origins
        self.retryPolicy = retryPolicy
        var configuration = ImagesClient.Configuration(environment: [:])
        configuration.timeouts = ImagesClient.Timeouts(
            connect: .seconds(10), firstByte: .seconds(30), idle: .seconds(30), total: policy.timeout)
        configuration.certificateAuthorityFile = certificateAuthorityFile
        client = ImagesClient(configuration: configuration)
    }

    /// The bytes at a URL, at most `policy.maxBytes` of them; they may be anything.
    ///
    /// - Throws: `fetchRefused` for addresses that the rules do not allow, `limitExceeded` for more bytes, `notFound`,
    ///   `presignedURLExpired`, other codes of `ImagesAPIError`. No error has the URL's query.
    public func data(at url: URL) async throws(ImagesAPIError) -> Data {
        try await get(url, maxBytes: policy.maxBytes).body
    }

    /// Sends a request, follows redirects, and repeats what may be repeated.
    func get(
        _ url: URL, headers: [(String, String)] = [], maxBytes: Int, cutsAtLimit: Bool = false,
        accepting accepted: Set<Int> = []
    ) async throws(ImagesAPIError) -> ObjectResponse {
        var target = url.absoluteString
        var base: String?
        for _ in 0...max(policy.maxRedirects, 0) {
            let rules = origins.map { policy.admitting(target, base: base, of: $0) } ?? policy
            var request = ObjectRequest(.get, target, trust: .policy(rules), maxBytes: maxBytes)
            request.base = base
            request.headers = headers
            request.cutsAtLimit = cutsAtLimit
            let (client, sent) = (client, request)
            let response = try await withAttempts(retryPolicy) { () throws(ImagesAPIError) in
                let response = try await client.send(sent)
                guard
                    response.isSuccess || (300...399).contains(response.status) || accepted.contains(response.status)
                else { throw StorageErrors.error(response) }
                return response
            }
            guard (300...399).contains(response.status) else { return response }
            guard let location = response["location"] else {
                throw Self.refused("a redirect has no location", response)
            }
            (target, base) = (location, response.url)
        }
        throw ImagesAPIError(
            .fetchRefused,
            "The image's URL is not fetched: there are more than \(policy.maxRedirects) redirects. Change the fetch policy to allow it."
        )
    }

    private static func refused(_ why: String, _ response: ObjectResponse) -> ImagesAPIError {
        ImagesAPIError(
            .fetchRefused, "The image's URL is not fetched: \(why).", status: response.status,
            facts: ["host": StorageErrors.host(of: response.url)])
    }
}

extension Image {
    /// The image at a URL, which is fetched at once: at most `limits.byteCount` bytes, from public addresses unless `source`
    /// says otherwise.
    ///
    /// ```swift
    /// let thumbnail = try await Image(fetching: url).thumbnail(256).webp()
    /// ```
    /// - Throws: what ``ImageSource/data(at:)`` does. Whether the bytes are an image shows the last call of the chain.
    public init(
        fetching url: URL, from source: ImageSource = .shared, limits: ImageDecoder.Limits = .default,
        budget: PixelBudget = .shared
    ) async throws {
        let bytes = min(source.policy.maxBytes, limits.byteCount)
        self.init(try await source.get(url, maxBytes: bytes).body, limits: limits, budget: budget)
    }
}
