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

    private func follow(_ url: String, _ policy: ImagesClient.FetchPolicy) async throws(ImagesAPIError) -> Data {
        var address = try FetchAddress(url, policy: policy)
        for _ in 0...max(policy.maxRedirects, 0) {
            let (data, head) = try await fetchOnce(address, policy)
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
            address = try FetchAddress(location, base: address.url, policy: policy)
        }
        throw FetchAddress.refused("there are more than \(policy.maxRedirects) redirects", host: address.host)
    }

    /// The response with the images fetched that it names by URL; others are unchanged.
    public func fetchImages(
        of response: ImagesResponse, policy: ImagesClient.FetchPolicy = ImagesClient.FetchPolicy()
    ) async throws(ImagesAPIError) -> ImagesResponse {
        var whole = response
        for (index, image) in response.images.enumerated() {
            guard image.data == nil, let url = image.url else { continue }
            let data = try await fetch(url, policy: policy)
            whole.images[index] = ImagesResponse.GeneratedImage(
                data: data, url: url, revisedPrompt: image.revisedPrompt)
        }
        return whole
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
