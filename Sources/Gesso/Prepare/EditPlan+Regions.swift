package import ImagesAPI

extension EditPlan {
    /// How the separate parts of a mask are sent, and what the alternatives would have cost.
    public struct Regions: Sendable, Hashable {
        /// Costs of the image tokens of all requests, or of their canvases in pixels where token counts are not published.
        package struct Costs: Sendable, Hashable {
            /// Of the way that was chosen.
            package let chosen: Int
            /// Of one request for each part.
            package let apart: Int
            /// Of one request for all parts.
            package let together: Int
            /// The quality whose image tokens are counted; nil where pixels are.
            package let quality: GenerationRequest.Level?
        }

        /// Separate parts of the mask.
        public let partCount: Int
        /// How many requests they are sent in.
        public let requestCount: Int
        /// What decided; nil when the options did.
        package let costs: Costs?
    }
}

extension EditPlan.Regions: CustomStringConvertible {
    public var description: String {
        let requests = requestCount == 1 ? "one request" : "\(requestCount) requests"
        return "the mask has \(partCount) separate parts, sent in \(requests)" + (costs.map { ": \($0)" } ?? "")
    }
}

extension EditPlan.Regions.Costs: CustomStringConvertible {
    package var description: String {
        let unit = quality.map { "image tokens at \($0.rawValue)" } ?? "megapixels of canvas"
        return "\(text(chosen)) \(unit) (all apart \(text(apart)), all together \(text(together)))"
    }

    private func text(_ cost: Int) -> String {
        quality != nil ? "\(cost)" : "\((Double(cost) / 10_000).rounded() / 100)"
    }
}
