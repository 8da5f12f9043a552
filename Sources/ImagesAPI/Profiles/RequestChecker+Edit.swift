extension RequestChecker {
    /// The checks that apply to generations only.
    mutating func check(_ request: GenerationRequest) {
        guard profile != nil, request.svgModel?.isEmpty != false else { return }
        if request.svgModel != nil || request.svgEffort != nil {
            refuse("svg", "A generated svg needs the model that writes it; set svgModel.")
        } else if request.outputFormat == .svg {
            warn("svg", "No model is named that writes it; set svgModel.")
        }
    }

    mutating func check(_ request: EditRequest) {
        guard let profile else { return }
        guard profile.supportsEdits else { return refuse("model", "\(profile.model) has no edits.") }
        let count = max(request.images.count, request.references.count)
        if !(1...max(profile.maxImages, 1)).contains(count) {
            refuse("image", "\(count) images; \(profile.model) takes 1 to \(profile.maxImages).")
        }
        for (index, image) in request.images.enumerated() {
            if !profile.inputFormats.contains(image.contentType) {
                refuse(
                    "image[\(index)]",
                    "\(profile.model) takes \(profile.inputFormats.listed), not \(image.contentType).")
            }
            if image.data.count >= profile.maxImageBytes {
                refuse("image[\(index)]", "\(image.data.count) bytes; fewer than \(profile.maxImageBytes) are allowed.")
            }
        }
        checkMask(request, profile)
        if let fidelity = request.inputFidelity, !profile.inputFidelities.contains(fidelity) {
            let known = profile.inputFidelities
            refuse(
                "input_fidelity",
                known.isEmpty
                    ? "\(profile.model) does not list it; leave it out." : "\(profile.model) knows \(known.listed).")
        }
        if request.moderation != nil, request.references.isEmpty {
            warn("moderation", "The form of an edit does not have this field; it is left out.")
        }
        if !request.references.isEmpty { checkReferences(request, profile) }
    }

    /// Edits by reference are sent as JSON, which is documented less than the form.
    private mutating func checkReferences(_ request: EditRequest, _ profile: ModelProfile) {
        if profile.isLegacy { refuse("images", "\(profile.model) takes attached images only.") }
        let sizes = [ImageSize.auto, .square1024, .landscape1536x1024, .portrait1024x1536]
        if let size = request.size, !sizes.contains(size) {
            unsure("size", "A size other than \(sizes.listed)")
        }
        if let quality = request.quality, quality == .xhigh || quality == .max { unsure("quality", "\(quality)") }
        if request.svgModel != nil || request.svgEffort != nil || request.outputFormat == .svg { unsure("svg", "It") }
        if request.safetyIdentifier != nil { unsure("safety_identifier", "It") }
        if request.responseFormat != nil, server.form != nil {
            warn("response_format", "Edits by reference do not have this field; it is left out.")
        }
    }

    private mutating func unsure(_ field: String, _ what: String) {
        warn(field, "\(what) is not documented for edits by reference and may be refused; attach the images.")
    }

    private mutating func checkMask(_ request: EditRequest, _ profile: ModelProfile) {
        if request.mask != nil || request.maskReference != nil, !profile.supportsMask {
            refuse("mask", "\(profile.model) takes none.")
        }
        if request.markup != nil, !profile.supportsMarkup { refuse("markup", "\(profile.model) takes none.") }
        if request.mask != nil, request.markup != nil { refuse("markup", "Mask and markup exclude each other.") }
        for (field, upload) in [("mask", request.mask), ("markup", request.markup)] {
            guard let upload else { continue }
            if upload.contentType != .png { refuse(field, "It must be a PNG with alpha, not \(upload.contentType).") }
            if field == "mask", upload.data.count >= profile.maxMaskBytes {
                refuse(field, "\(upload.data.count) bytes; fewer than \(profile.maxMaskBytes) are allowed.")
            }
        }
        if request.outputFormat == .gif, request.mask != nil || request.maskReference != nil {
            refuse("mask", "A gif cannot be edited within a mask.")
        }
    }
}

extension ModelProfile {
    /// Whether the model is older than GPT Image.
    var isLegacy: Bool { model.rawValue.hasPrefix("dall-e") }
}
