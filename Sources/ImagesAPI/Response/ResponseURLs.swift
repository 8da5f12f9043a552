/// Finds the addresses of images in a document that has no image itself.
enum ResponseURLs {
    private static let keys: Set<String> = [
        "url", "image_url", "imageurl", "image", "sample", "output", "uri", "signed_url", "download_url", "result_url",
        "output_url",
    ]
    private static let lists: Set<String> = [
        "data", "images", "output", "outputs", "urls", "image_urls", "result", "results", "artifacts", "image",
    ]
    private static let excluded: Set<String> = [
        "error", "errors", "detail", "request", "input", "inputs", "parameters", "params", "metadata", "preview",
        "thumbnail", "mask", "urls_expire", "links",
    ]

    /// - Returns: the addresses in the order of the document, as far as it has one: members come in the order of names.
    static func all(in value: JSONValue) -> [String] {
        var found: [String] = []
        search(value, key: nil, list: nil, depth: 0, into: &found)
        return found
    }

    private static func search(
        _ value: JSONValue, key: String?, list: String?, depth: Int, into found: inout [String]
    ) {
        guard depth < 16, found.count < 64 else { return }
        switch value {
        case .string(let text):
            let isPlace = key.map(keys.contains) ?? list.map(lists.contains) ?? false
            if isPlace, isAddress(text, mayBeRelative: key == "url"), !found.contains(text) { found.append(text) }
        case .array(let elements):
            for element in elements { search(element, key: nil, list: key ?? list, depth: depth + 1, into: &found) }
        case .object(let members):
            for (name, member) in members.sorted(by: { $0.key < $1.key }) where !excluded.contains(name.lowercased()) {
                search(member, key: name.lowercased(), list: nil, depth: depth + 1, into: &found)
            }
        default: break
        }
    }

    private static func isAddress(_ text: String, mayBeRelative: Bool) -> Bool {
        if text.hasPrefix("https://") || text.hasPrefix("http://") { return true }
        return mayBeRelative && text.hasPrefix("/") && !text.hasPrefix("//")
    }
}
