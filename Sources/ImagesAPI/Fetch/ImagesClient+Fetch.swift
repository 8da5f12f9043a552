#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ImagesClient {
    /// Fetches an image that a server named by URL, without credentials and within a strict policy.
    ///
    /// - Throws: `fetchRefused` for addresses that the policy does not allow, checked on the address that is connected
    ///   to; `malformedImage` when the bytes are not an image; over TLS `connectionLost` also for an HTTP/1 response
    ///   with neither a length nor chunks, since a truncated one would look the same.
    public func fetch(_ url: String, policy: ImagesClient.FetchPolicy = ImagesClient.FetchPolicy())
        async throws(ImagesAPIError) -> Data
    {
        do throws(ImagesAPIError) {
            return try await follow(url, policy)
        } catch {
            throw scrubbed(error)
        }
    }

    /// - Parameter server: the base URL of the server that named the address; its own addresses need no further trust.
    private func follow(
        _ url: String, _ policy: ImagesClient.FetchPolicy, server: String? = nil
    ) async throws(ImagesAPIError) -> Data {
        var allowed = policy.allowing(url, of: server)
        var address = try FetchAddress(url, policy: allowed)
        for _ in 0...max(policy.maxRedirects, 0) {
            let (data, head) = try await fetchOnce(address, allowed)
            guard (300...399).contains(head.status) else {
                guard ImageUpload.ContentType(sniffing: data) != nil else {
                    throw ImagesAPIError(
                        .malformedImage, "The bytes that \(address.host) sent are not an image.", status: head.status)
                }
                return data
            }
            guard let location = head["location"] else {
                throw FetchAddress.refused("a redirect has no location", host: address.host)
            }
            // Wherever the first address was, the policy alone says where a redirect may lead.
            allowed = policy
            address = try FetchAddress(location, base: address.url, policy: policy)
        }
        throw FetchAddress.refused("there are more than \(policy.maxRedirects) redirects", host: address.host)
    }

    /// The response with the images fetched that it names by URL; others are unchanged.
    ///
    /// Addresses of the server that sent the response, at its scheme, host and port, are fetched whatever the policy says of
    /// ports and private addresses: it was trusted with the request.
    /// - Throws: what ``fetch(_:policy:)`` does, with the response's images in `partialImages`. The image is paid for, so
    ///   fetch it again and do not repeat the request.
    public func fetchImages(
        of response: ImagesResponse, policy: ImagesClient.FetchPolicy = ImagesClient.FetchPolicy()
    ) async throws(ImagesAPIError) -> ImagesResponse {
        var whole = response
        for (index, image) in response.images.enumerated() {
            guard image.data == nil, let url = image.url else { continue }
            do throws(ImagesAPIError) {
                let data = try await follow(url, policy, server: response.baseURL)
                whole.images[index] = ImagesResponse.GeneratedImage(
                    data: data, url: url, revisedPrompt: image.revisedPrompt)
            } catch {
                var error = scrubbed(error)
                error.partialImages = whole.images
                error.mayHaveBeenBilled = true
                error.isRetryable = false
                error.requestID = error.requestID ?? response.requestID
                error.facts["url"] = url
                error.facts["spooledFile"] = response.spooledFile
                if response.spooledFile == nil { error.body = try? JSONEncoder().encode(response.raw) }
                error.facts["purchaseKey"] = response.purchaseKey
                throw error
            }
        }
        return whole
    }

    /// The response with its images fetched if the configuration has a policy for that.
    func fetchingIfAllowed(_ response: ImagesResponse) async throws(ImagesAPIError) -> ImagesResponse {
        guard let policy = configuration.fetchPolicy else { return response }
        return try await fetchImages(of: response, policy: policy)
    }

    private func fetchOnce(
        _ address: FetchAddress, _ policy: ImagesClient.FetchPolicy
    ) async throws(ImagesAPIError) -> (Data, ResponseHead) {
        var request = TransferRequest(endpoint: .fetch, url: address.url, allowsHTTP: !address.isSecure)
        request.headers = [("User-Agent", Self.userAgent), ("Accept", request.endpoint.acceptedType)]
        request.timeouts = configuration.timeouts
        request.timeouts.total = policy.timeout
        request.limits = configuration.limits
        request.certificateAuthorityFile = configuration.certificateAuthorityFile
        request.allowsTLSKeyLog = configuration.allowsTLSKeyLog
        request.proxy = policy.proxy ?? ""
        request.isUnshared = true
        request.publicAddressesOnly = !policy.allowsPrivateAddresses && policy.proxy == nil
        let receiver = BytesReceiver(
            limits: request.limits, maxBytes: policy.maxBytes, host: address.host,
            needsDelimiter: address.isSecure, takesRedirects: true, scrubber: scrubber)
        let transfer = try transfer(request, to: receiver)
        let result: Result<(Data, ResponseHead), ImagesAPIError> = await run(transfer) { waiter in
            receiver.continuation.withLock { $0 = waiter }
        }
        if case .failure(let error) = result, transfer.wasRefusedAddress {
            throw FetchAddress.refused("it resolves to an address that is not public", host: error.facts["host"])
        }
        return try result.get()
    }
}

extension ImagesResponse {
    /// The response with the images fetched that it names by URL, by a client of its own; see
    /// ``ImagesClient/fetchImages(of:policy:)``.
    ///
    /// To fetch every response at once, set ``ImagesClient/Configuration/fetchPolicy``.
    public func fetchingImages(
        policy: ImagesClient.FetchPolicy = ImagesClient.FetchPolicy()
    ) async throws(ImagesAPIError) -> ImagesResponse {
        let client = ImagesClient(configuration: ImagesClient.Configuration(environment: [:]))
        defer { client.shutdown() }
        return try await client.fetchImages(of: self, policy: policy)
    }
}
