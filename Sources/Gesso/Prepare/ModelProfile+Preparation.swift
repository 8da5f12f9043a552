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
            "The model table knows neither \(model.rawValue) nor a model to go by; add it to ModelProfile.Catalog.current.",
            facts: ["found": model.rawValue])
    }
}
