extension RequestChecker {
    mutating func check(_ request: EditRequest) {
        guard let profile else { return }
        guard profile.supportsEdits else { return refuse("model", "\(profile.model) does not edit.") }
        let count = max(request.images.count, request.references.count)
        if !(1...max(profile.maxImages, 1)).contains(count) {
            refuse("image", "\(count) pictures; \(profile.model) takes 1 to \(profile.maxImages).")
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
            warn("moderation", "The form of an edit has no such field; it is left out.")
        }
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
        if request.outputFormat == .gif, request.mask != nil { refuse("mask", "A gif cannot be edited within a mask.") }
    }
}
