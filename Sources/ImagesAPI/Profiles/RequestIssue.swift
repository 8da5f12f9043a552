#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ModelProfile {
    /// Something about a request that its model is known to refuse, or that is worth knowing before it is sent.
    public struct Issue: Sendable, Hashable, Codable, CustomStringConvertible {
        public enum Severity: String, Sendable, Hashable, Codable {
            /// The model refuses this.
            case refused
            /// The model may refuse this, or does something other than one might think.
            case warning
        }

        public var severity: Severity
        /// The field, as the API calls it.
        public var field: String
        /// One sentence that says what is wrong and what to do.
        public var message: String

        public var description: String { "\(severity.rawValue): \(field): \(message)" }
    }
}

extension GenerationRequest {
    /// What the model is known to refuse about this request, worked out offline; empty when nothing is known against it.
    ///
    /// An unknown model brings a single warning. Sending is never prevented by this, not even to a model that has ended:
    /// the table may be older than the model.
    ///
    /// - Parameters:
    ///   - streaming: whether the answer will be streamed.
    ///   - partialImages: the images on the way that the stream is asked for.
    ///   - catalog: what is known of models.
    ///   - today: the day that tells whether a model still answers.
    public func validate(
        streaming: Bool = false, partialImages: Int = 0, catalog: ModelCatalog = .current, today: Date = Date()
    ) -> [ModelProfile.Issue] {
        var fields = commonFields
        (fields.isStreamed, fields.partialImages) = (streaming, partialImages)
        var checker = RequestChecker(model: model, catalog: catalog, today: today)
        checker.check(fields: fields)
        checker.check(self)
        return checker.issues
    }

    var commonFields: RequestChecker.Fields {
        RequestChecker.Fields(
            prompt: prompt, n: n, size: size, quality: quality, background: background, outputFormat: outputFormat,
            outputCompression: outputCompression, complexity: complexity, frameCount: frameCount,
            frameDurationMilliseconds: frameDurationMilliseconds, svg: svg, responseFormat: responseFormat,
            style: style)
    }
}

extension EditRequest {
    /// What the model is known to refuse about this request, worked out offline; empty when nothing is known against it.
    ///
    /// Images are judged by type and bytes; their dimensions are not looked at here. Sending is never prevented by this,
    /// not even to a model that has ended.
    ///
    /// - Parameters:
    ///   - streaming: whether the answer will be streamed.
    ///   - partialImages: the images on the way that the stream is asked for.
    ///   - catalog: what is known of models.
    ///   - today: the day that tells whether a model still answers.
    public func validate(
        streaming: Bool = false, partialImages: Int = 0, catalog: ModelCatalog = .current, today: Date = Date()
    ) -> [ModelProfile.Issue] {
        var fields = commonFields
        (fields.isStreamed, fields.partialImages) = (streaming, partialImages)
        var checker = RequestChecker(model: model, catalog: catalog, today: today)
        checker.check(fields: fields)
        checker.check(self)
        return checker.issues
    }

    var commonFields: RequestChecker.Fields {
        RequestChecker.Fields(
            prompt: prompt, n: n, size: size, quality: quality, background: background, outputFormat: outputFormat,
            outputCompression: outputCompression, complexity: complexity, frameCount: frameCount,
            frameDurationMilliseconds: frameDurationMilliseconds, svg: svg,
            // The JSON form has no such field; it is not sent.
            responseFormat: references.isEmpty ? responseFormat : nil)
    }
}
