import Gesso
import Hummingbird

/// What a request is likely to cost, and what it will do, before it is sent.
struct PriceResponse: ResponseCodable {
    struct Price: Codable {
        /// US dollars; missing where no price is published.
        let low: Double?
        let high: Double?
        /// What the figures leave out, or why there are none.
        let note: String
    }

    let price: Price
    /// The requests that it takes.
    let requests: Int
    /// What may surprise about it.
    let warnings: [String]

    init(_ plan: EditPlan, partialImages: Int) {
        // The plan does not know that partial images will be asked for.
        let estimates = plan.requests.map { request in
            EditRequest(
                images: [], prompt: "", model: plan.options.model, n: plan.options.n,
                size: ImageSize(width: request.canvas.width, height: request.canvas.height),
                quality: plan.options.quality
            ).estimate(partialImages: partialImages)
        }
        price = Self.price(
            estimates, plan.estimate, extra: "The photo that is sent comes on top; its price is not published.")
        requests = plan.requests.count
        warnings = plan.issues.map(\.description)
    }

    init(_ request: GenerationRequest, partialImages: Int) {
        let estimate = request.estimate(partialImages: partialImages)
        price = Self.price([estimate], estimate, extra: "")
        requests = 1
        warnings = []
    }

    private static func price(_ estimates: [CostEstimate], _ whole: CostEstimate, extra: String) -> Price {
        let dollars = estimates.compactMap(\.outputDollars)
        guard dollars.count == estimates.count else {
            return Price(low: nil, high: nil, note: whole.unknownReason ?? "")
        }
        return Price(
            low: dollars.reduce(0) { $0 + $1.lowerBound }, high: dollars.reduce(0) { $0 + $1.upperBound }, note: extra)
    }
}
