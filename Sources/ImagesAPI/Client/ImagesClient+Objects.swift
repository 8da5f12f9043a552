#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ImagesClient {
    /// A part of a list that the server keeps: its objects in the server's order, whether there are more, and the id of the
    /// last one, which is `after` of the next part.
    typealias Page<Item> = (items: [Item], hasMore: Bool, lastID: String?)

    /// The models that the key may use (`GET /models`), image models and all others.
    ///
    /// - Returns: the name of each, the day from which it is no longer available (`YYYY-MM-DD`) once that is known, and the
    ///   whole object, with its owner and the time of its creation.
    public func models() async throws(ImagesAPIError) -> [(id: Model, shutdownDate: String?, raw: JSONValue)] {
        let value = try await call(.models)
        guard let elements = value["data"]?.arrayValue else {
            throw ImagesAPIError(.malformedResponse, "The response lists no models; it has no data.")
        }
        return try elements.map { (element) throws(ImagesAPIError) in
            guard let id = element["id"]?.stringValue else {
                throw ImagesAPIError(.malformedResponse, "The response describes no model; it has no id.")
            }
            return (Model(rawValue: id), element["shutdown_date"]?.stringValue, element)
        }
    }

    /// Sends a request whose response is a small JSON document.
    ///
    /// - Parameter purchase: the purchase that the request makes; its response is kept.
    func call(
        _ endpoint: Endpoint, query: [(String, String)] = [], body: RequestBody = RequestBody(),
        contentType: String? = nil, purchase: PurchaseSession? = nil
    ) async throws(ImagesAPIError) -> JSONValue {
        do throws(ImagesAPIError) {
            let ((value, spooledFile), _) = try await withRetries { () throws(ImagesAPIError) in
                do throws(ImagesAPIError) {
                    return try await withKey { client throws(ImagesAPIError) in
                        var request = try client.transferRequest(
                            endpoint, query: query, body: body, contentType: contentType)
                        if let saved = try await purchase?.prepare(&request, responseBytes: Self.objectBytes) {
                            return (try client.value(ofSaved: saved), String?.none)
                        }
                        let (limits, scrubber) = (request.limits, request.scrubber)
                        return try await client.collect(request, expectedImages: 1) { head in
                            ObjectReader(head: head, limits: limits, scrubber: scrubber)
                        }
                    }
                } catch {
                    var error = error
                    if !endpoint.isBilled { error.mayHaveBeenBilled = false }
                    throw error
                }
            }
            await purchase?.succeeded(file: spooledFile)
            return value
        } catch {
            throw await purchase?.failed(error) ?? error
        }
    }

    /// Requests one page of a list.
    func page<Item>(
        _ endpoint: Endpoint, _ query: [(String, String)], id: (Item) -> String,
        _ make: (JSONValue) throws(ImagesAPIError) -> Item
    ) async throws(ImagesAPIError) -> Page<Item> {
        let value = try await call(endpoint, query: query)
        var items: [Item] = []
        for element in value["data"]?.arrayValue ?? [] { items.append(try make(element)) }
        return (
            items: items, hasMore: value["has_more"]?.boolValue ?? false,
            lastID: value["last_id"]?.stringValue ?? items.last.map(id)
        )
    }

    /// Bytes of an object that describes a file or a batch, with room to spare.
    private static let objectBytes = 65_536

    private func value(ofSaved response: Data) throws(ImagesAPIError) -> JSONValue {
        var reader = ObjectReader(head: ResponseHead(status: 200), limits: configuration.limits)
        response.withUnsafeBytes { reader.take($0) }
        return try reader.finish(isWhole: true).get()
    }
}
