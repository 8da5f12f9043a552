/// Something about a request that its model is known to refuse, or that is worth knowing before it is sent.
public struct RequestIssue: Sendable, Hashable, Codable, CustomStringConvertible {
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

extension CreateRequest {
    /// What the model is known to refuse about this request, worked out offline; empty when nothing is known against it.
    ///
    /// An unknown model brings a single warning. Sending is never prevented by this: the table may be older than the model.
    public func validate(catalog: ModelCatalog = .current) -> [RequestIssue] {
        var checker = RequestChecker(model: model, catalog: catalog)
        checker.check(fields: commonFields)
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
    /// Pictures are judged by type and bytes; their dimensions are not looked at here.
    public func validate(catalog: ModelCatalog = .current) -> [RequestIssue] {
        var checker = RequestChecker(model: model, catalog: catalog)
        checker.check(fields: commonFields)
        checker.check(self)
        return checker.issues
    }

    var commonFields: RequestChecker.Fields {
        RequestChecker.Fields(
            prompt: prompt, n: n, size: size, quality: quality, background: background, outputFormat: outputFormat,
            outputCompression: outputCompression, complexity: complexity, frameCount: frameCount,
            frameDurationMilliseconds: frameDurationMilliseconds, svg: svg, responseFormat: responseFormat, style: nil)
    }
}
