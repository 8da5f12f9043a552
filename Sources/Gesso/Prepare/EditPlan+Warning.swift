import GessoPixels
public import ImagesAPI

extension EditPlan {
    /// Something that the model is known to refuse, or that may surprise.
    public enum Warning: Sendable, Hashable {
        /// What the rules of the API say about the request.
        case request(ModelProfile.Issue)
        /// The model was shut down (`hasEnded`) or will be; with the day and its successor, where they are known.
        case modelEnds(Model, hasEnded: Bool, on: String?, replacement: Model?)
        /// The profile table does not have the model.
        case unknownModel(Model)
        /// The image is sent at less than a quarter of its size: this part of it.
        case reduced(Double)
        /// Separate parts of the mask share a request, at this part of their size.
        case partsShareRequest(Double)
        /// The markup is sent in place of the mask.
        case markupReplacesMask
        /// The server of that name takes no mask: the model may change all of the image, and the finish keeps what was
        /// not selected.
        case maskNotSent(server: String)
    }
}

extension EditPlan.Warning {
    /// What may surprise about the request for one region.
    static func about(
        _ region: RegionChoice.Region, _ placement: Placement, _ options: EditOptions, sharesWindow: Bool, markup: Bool,
        _ server: ServerProfile
    ) -> [Self] {
        var warnings: [Self] = []
        if let profile = ModelProfile.profile(for: options.model) {
            if let ending = profile.ending(at: server) { warnings.append(Self(ending)) }
        } else {
            warnings.append(.unknownModel(options.model))
        }
        if placement.scaleX < 0.25 {
            warnings.append(.reduced(placement.scaleX))
        } else if sharesWindow, placement.scaleX < 0.8 {
            warnings.append(.partsShareRequest(placement.scaleX))
        }
        if markup, region.area != nil {
            warnings.append(.markupReplacesMask)
        } else if region.area != nil, server.maskField == nil {
            warnings.append(.maskNotSent(server: server.name))
        }
        return warnings
    }

    /// What is known against a request without its images; nothing about the images, which are not made yet, and the model's
    /// warnings, which are among ``about(_:_:_:sharesWindow:markup:)``.
    static func refused(_ draft: EditRequest, on canvas: Size, _ server: ServerProfile) -> [Self] {
        var request = draft
        request.size = ImageSize(rawValue: "\(canvas)")
        return request.validate(server: server).filter { issue in
            !issue.field.hasPrefix("image") && !(issue.field == "model" && !issue.isRefusal)
        }.map { .request($0) }
    }

    private init(_ ending: ModelProfile.Ending) {
        self =
            ending.isOfServer
            ? .modelEnds(ending.model, hasEnded: ending.hasEnded, on: ending.day, replacement: ending.replacement)
            : .request(ending.issue)
    }
}

extension EditPlan.Warning: CustomStringConvertible {
    public var description: String {
        switch self {
        case .request(let issue): "\(issue)"
        case .modelEnds(let model, let hasEnded, let day, let replacement):
            "\(model.rawValue) \(hasEnded ? "was" : "will be") shut down" + (day.map { " on \($0)" } ?? "")
                + (replacement.map { "; use \($0.rawValue) instead" } ?? "")
        case .unknownModel(let model):
            "the model \(model.rawValue) is not in the profile table; it is prepared for like the newest one and the "
                + "server decides"
        case .reduced(let scale):
            "the image is sent at \(Int(scale * 100)) % of its size, so the edit will be softer than the rest; send a "
                + "larger long edge"
        case .partsShareRequest(let scale):
            "the separate parts are sent together at \(Int(scale * 100)) % of their size because that costs less; sent "
                + "apart they keep more of their detail"
        case .markupReplacesMask:
            "the API takes a markup or a mask: the markup is sent, and the mask decides what is taken from the result"
        case .maskNotSent(let server):
            "\(server) takes no mask: none is sent, and what was not selected is taken from the original; say in the "
                + "prompt what to edit"
        }
    }
}
