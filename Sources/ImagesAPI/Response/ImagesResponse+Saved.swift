#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ImagesResponse {
    /// The response in a saved body, as `gesso finish` reads it.
    ///
    /// Reads what a server sent in any form: JSON, JSON Lines, an event stream or an image, of the Images API, of a server
    /// that resembles it, or of the Responses API. An event stream gives its finished images and the sum of their usage.
    /// Of a truncated body the complete images are read, and ``isComplete`` is false.
    ///
    /// - Parameters:
    ///   - saved: the body of a response, such as ``ImagesAPIError/body`` or a file of the spool.
    ///   - limits: how much of it is accepted.
    /// - Throws: as a live response would, if no image is complete; `streamEndedEarly` for an event stream without a
    ///   finished image.
    public init(
        saved: Data, limits: ImagesClient.ResponseLimits = ImagesClient.ResponseLimits()
    ) throws(ImagesAPIError) {
        try self.init(saved: saved, limits: limits, baseURL: nil)
    }

    /// - Parameter baseURL: the base URL of the server that sent it; nil if that is not known.
    init(saved: Data, limits: ImagesClient.ResponseLimits, baseURL: String?) throws(ImagesAPIError) {
        let head = ResponseHead(status: 200, baseURL: baseURL)
        var reader = ResponseReader(head: head, limits: limits, expectedImages: nil)
        saved.withUnsafeBytes { reader.take($0) }
        switch reader.finish(isWhole: true) {
        case .success(let response): self = response
        case .failure(let error):
            guard let response = reader.incomplete() else {
                var error = error
                error.mayHaveBeenBilled = true
                throw error
            }
            self = response
        }
    }

    /// The extension of a file with this body, by its first bytes: `json`, `sse` or `bin`.
    package static func fileExtension(ofBody body: Data) -> String {
        ResponseOpening.form(of: body, mediaType: nil).fileExtension
    }

    /// The response that the finished images of a stream amount to.
    init(_ finished: [ImageStream.ReceivedImage], last: ImageStream.ReceivedImage, head: ResponseHead) {
        created = last.created
        images = finished.map(\.image)
        background = last.background
        outputFormat = last.outputFormat
        quality = last.quality
        size = last.size
        safetyIdentifier = last.safetyIdentifier
        // A sum without one of the images would be too small.
        let usages = finished.compactMap(\.usage)
        usage = usages.count == finished.count || usages.count == 1 ? Usage(sumOf: usages) : nil
        let costs = finished.compactMap(\.reportedCost)
        reportedCost =
            costs.count == finished.count || costs.count == 1
            ? costs.reduce(0, +) : ReportedCost.dollars(.null, head: head)
        svgUsage = nil
        requestID = head.requestID
        status = head.status
        headers = head.fields
        baseURL = head.baseURL
        raw = last.raw
        attempts = 1
    }
}
