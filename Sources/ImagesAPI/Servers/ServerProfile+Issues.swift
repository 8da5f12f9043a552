extension ServerProfile {
    /// What this server refuses of a generation, and what it is not sent.
    func issues(_ request: GenerationRequest, streaming: Bool) -> [ModelProfile.Issue] {
        refused(obstacles(to: request, streaming: streaming))
            + omissions(request.fields, size: request.size, extra: request.extra)
    }

    /// What this server refuses of an edit, and what it is not sent.
    func issues(_ request: EditRequest, streaming: Bool) -> [ModelProfile.Issue] {
        refused(obstacles(to: request, streaming: streaming))
            + omissions(request.fields(for: self), size: request.size, extra: request.extra)
    }

    private func refused(_ obstacles: [(field: String, message: String)]) -> [ModelProfile.Issue] {
        obstacles.map { ModelProfile.Issue(isRefusal: true, field: $0.field, message: $0.message) }
    }

    /// A warning for each field of the request that is left out or changed.
    private func omissions(
        _ fields: RequestFields, size: ImageSize?, extra: [String: JSONValue]
    ) -> [ModelProfile.Issue] {
        var issues: [ModelProfile.Issue] = []
        func warn(_ field: String, _ message: String) {
            issues.append(ModelProfile.Issue(isRefusal: false, field: field, message: message))
        }
        for (name, _) in fields.entries where extra[name] == nil && name != "size" && name != "model" {
            if !accepts(name) { warn(name, "\(self.name) does not have it; it is not sent.") }
        }
        guard let size, size != .auto, extra["size"] == nil, !takesExactSize else { return issues }
        if let ratio = ratio(for: size) {
            warn("size", "\(name) takes a ratio instead of a size: \(ratio) is sent, and it chooses the size.")
        } else {
            warn("size", "\(name) cannot be told a size; it chooses one.")
        }
        return issues
    }
}
