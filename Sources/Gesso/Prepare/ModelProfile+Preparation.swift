import GessoPixels
import ImagesAPI

extension ModelProfile {
    /// The profile of `model`, or that of the newest model for a name the table does not know.
    ///
    /// Throws `invalidParameter` when a table was put in place that knows neither.
    static func known(or model: Model) throws(GessoError) -> ModelProfile {
        if let profile = profile(for: model) ?? profile(for: .gptImage26Sunburst) { return profile }
        throw GessoError(
            .invalidParameter, stage: "prepare",
            "The model table knows neither \(model.rawValue) nor a model to go by; add it to ModelCatalog.current.",
            facts: ["found": model.rawValue])
    }

    /// One sentence for a model that ends or has ended; nil for an active one.
    var lifecycleWarning: String? {
        let daysLeft = daysLeft()
        guard state != .active || daysLeft != nil else { return nil }
        let hasEnded = state == .ended || daysLeft.map { $0 <= 0 } == true
        let verb = hasEnded ? "was shut down" : "will be shut down"
        let day = shutdown.map { " on \($0)" } ?? ""
        let advice = replacement.map { "; use \($0.rawValue) instead" } ?? ""
        return "\(model.rawValue) \(verb)\(day)\(advice)"
    }
}
