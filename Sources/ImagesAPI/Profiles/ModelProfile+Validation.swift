#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ModelProfile {
    /// A problem of a request that is known before it is sent.
    public struct Issue: Sendable, Hashable, CustomStringConvertible {
        /// Whether the model refuses the request; otherwise it may refuse it, or may not do what you expect.
        public var isRefusal: Bool
        /// The name of the field in the API.
        public var field: String
        /// One sentence that says what is wrong and what to do.
        public var message: String

        public var description: String { "\(isRefusal ? "refused" : "warning"): \(field): \(message)" }
    }
}

extension GenerationRequest {
    /// What model and server are known to refuse in this request, computed offline; empty if nothing is known.
    ///
    /// An unknown model gives a single warning. Requests can be sent in spite of all issues, even to a model that has
    /// ended, since the table may be outdated.
    ///
    /// - Parameters:
    ///   - streaming: whether the response will be streamed.
    ///   - partialImages: how many partial images the stream requests.
    ///   - server: the server that the request goes to.
    ///   - catalog: the table of known models.
    ///   - today: the day on which the model must be available.
    public func validate(
        streaming: Bool = false, partialImages: Int = 0, server: ServerProfile = .openAI,
        catalog: ModelProfile.Catalog = .current, today: Date = Date()
    ) -> [ModelProfile.Issue] {
        var checker = RequestChecker(model: model, server: server, catalog: catalog, today: today)
        checker.check(fields: commonFields, streaming: streaming, partialImages: partialImages)
        checker.check(self)
        return checker.issues + server.issues(self, streaming: streaming)
    }

    var commonFields: RequestChecker.Fields {
        RequestChecker.Fields(
            prompt: prompt, n: n, size: size, quality: quality, background: background, outputFormat: outputFormat,
            outputCompression: outputCompression, complexity: complexity, frameCount: frameCount,
            frameDurationMilliseconds: frameDurationMilliseconds, hasSVGOptions: svgModel != nil || svgEffort != nil,
            responseFormat: responseFormat, style: style)
    }
}

extension EditRequest {
    /// What model and server are known to refuse in this request, computed offline; empty if nothing is known.
    ///
    /// Images are checked by type and bytes, not by dimensions. Requests can be sent in spite of all issues, even to a
    /// model that has ended.
    ///
    /// - Parameters:
    ///   - streaming: whether the response will be streamed.
    ///   - partialImages: how many partial images the stream requests.
    ///   - server: the server that the request goes to.
    ///   - catalog: the table of known models.
    ///   - today: the day on which the model must be available.
    public func validate(
        streaming: Bool = false, partialImages: Int = 0, server: ServerProfile = .openAI,
        catalog: ModelProfile.Catalog = .current, today: Date = Date()
    ) -> [ModelProfile.Issue] {
        var checker = RequestChecker(model: model, server: server, catalog: catalog, today: today)
        checker.check(fields: commonFields, streaming: streaming, partialImages: partialImages)
        checker.check(self)
        return checker.issues + server.issues(self, streaming: streaming)
    }

    var commonFields: RequestChecker.Fields {
        RequestChecker.Fields(
            prompt: prompt, n: n, size: size, quality: quality, background: background, outputFormat: outputFormat,
            outputCompression: outputCompression, complexity: complexity, frameCount: frameCount,
            frameDurationMilliseconds: frameDurationMilliseconds, hasSVGOptions: svgModel != nil || svgEffort != nil,
            // The JSON does not have this field; it is not sent.
            responseFormat: references.isEmpty ? responseFormat : nil)
    }
}
