/// Finds what a content filter says beside the images, or in their place.
enum ContentFilter {
    private static let reasonNames: Set<String> = ["finishreason", "blockreason", "stopreason"]

    /// Why there is no image; nil if no filter says so. A reason counts at any depth, but not in what the server repeats.
    static func refusal(in value: JSONValue, depth: Int = 0) -> String? {
        guard depth < 8 else { return nil }
        switch value {
        case .array(let elements): return elements.lazy.compactMap { refusal(in: $0, depth: depth + 1) }.first
        case .object(let members):
            if isFiltered(value) { return "the content filter took effect" }
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                guard let text = member.stringValue else { continue }
                let letters = ErrorKinds.letters(of: name)
                if reasonNames.contains(letters), ErrorKinds.isModeration(code: text) {
                    return "the image was not finished: \(text)"
                }
                // Of Vertex AI, and of the Responses API for what the model itself refuses.
                if letters == "raifilteredreason" || letters == "refusal", !text.isEmpty { return text }
            }
            return members.sorted { $0.key < $1.key }.lazy.filter { !["input", "request", "tools"].contains($0.key) }
                .compactMap { refusal(in: $0.value, depth: depth + 1) }.first
        default: return nil
        }
    }

    /// Whether Azure's results of its filters say that one took effect.
    static func isFiltered(_ value: JSONValue) -> Bool {
        let results = value["content_filter_results"] ?? value["content_filter_result"]
        return results?.objectValue?.values.contains { $0["filtered"]?.boolValue == true } == true
    }
}
