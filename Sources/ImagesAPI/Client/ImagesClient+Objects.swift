#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ImagesClient {
    /// A part of a list that the server keeps, such as an account's files or batches.
    public struct Page<Item: Sendable & Hashable>: Sendable, Hashable {
        /// The listed objects, in the server's order.
        public var items: [Item]
        /// Whether there are more; request them with ``lastID`` as `after`.
        public var hasMore: Bool
        /// The id of the last object.
        public var lastID: String?
    }

    /// A model as the server lists it.
    public struct ListedModel: Sendable, Hashable {
        /// The model's name.
        public var id: Model
        /// Unix seconds.
        public var created: Int?
        /// The organization that owns it.
        public var owner: String?
        /// The day from which it is no longer available, `YYYY-MM-DD`, once that is known.
        public var shutdownDate: String?
        /// The whole object.
        public var raw: JSONValue

        init(_ value: JSONValue) throws(ImagesAPIError) {
            guard let id = value["id"]?.stringValue else {
                throw ImagesAPIError(.malformedResponse, "The response describes no model; it has no id.")
            }
            self.id = Model(rawValue: id)
            created = value["created"]?.integerValue
            owner = value["owned_by"]?.stringValue
            shutdownDate = value["shutdown_date"]?.stringValue
            raw = value
        }
    }

    /// The models that the key may use (`GET /models`), image models and all others.
    public func models() async throws(ImagesAPIError) -> [ListedModel] {
        let value = try await call(.models)
        guard let elements = value["data"]?.arrayValue else {
            throw ImagesAPIError(.malformedResponse, "The response lists no models; it has no data.")
        }
        var models: [ListedModel] = []
        for element in elements { models.append(try ListedModel(element)) }
        return models
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
        return Page(
            items: items, hasMore: value["has_more"]?.boolValue ?? false,
            lastID: value["last_id"]?.stringValue ?? items.last.map(id))
    }

    /// Bytes of an object that describes a file or a batch, with room to spare.
    private static let objectBytes = 65_536

    private func value(ofSaved response: Data) throws(ImagesAPIError) -> JSONValue {
        var reader = ObjectReader(head: ResponseHead(status: 200), limits: configuration.limits)
        response.withUnsafeBytes { reader.take($0) }
        return try reader.finish(isWhole: true).get()
    }
}
