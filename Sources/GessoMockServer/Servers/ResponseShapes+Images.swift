extension ResponseShapes {
    /// Forms of base64, images by URL, and what moderation makes of them.
    enum ImageForm: String, CaseIterable {
        case plain
        case dataURI = "datauri-b64"
        case urlSafe = "urlsafe-b64"
        case wrapped = "wrapped-b64"
        case wrappedByCRLF = "wrapped-crlf-b64"
        case unpadded = "unpadded-b64"
        case trailingLineBreak = "trailing-newline-b64"
        case escapedSlash = "escaped-slash-b64"
        case escapedPlus = "escaped-plus-b64"
        case dataURIAsURL = "datauri-url"
        case url = "http-url"
        case relativeURL = "relative-url"
        case urlAndNull = "both-null-b64"
        case emptyURL = "empty-url"
        case moderatedByXAI = "xai-moderated"
        case page = "html-200"
    }

    func response(_ shape: ImageForm) -> HTTPResponse {
        func string(_ text: String) -> HTTPResponse { json(document(["b64_json": .string(text)])) }
        switch shape {
        case .plain: return json(document(image, ["usage": ResponseShapes.usage]))
        case .dataURI: return string("data:image/png;base64," + base64)
        case .urlSafe:
            return string(base64.replacing("+", with: "-").replacing("/", with: "_"))
        case .wrapped: return string(wrapped(with: "\n"))
        case .wrappedByCRLF: return string(wrapped(with: "\r\n"))
        case .unpadded: return string(base64.replacing("=", with: ""))
        case .trailingLineBreak: return string(base64 + "\n")
        case .escapedSlash: return text(plainText.replacing("/", with: "\\/"))
        case .escapedPlus: return text(plainText.replacing("+", with: "\\u002B"))
        case .dataURIAsURL: return json(document(["url": .string("data:image/png;base64," + base64)]))
        case .url: return json(document(["url": .string(url)]))
        case .relativeURL:
            let path = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true).last ?? ""
            return json(document(["url": .string("/" + path)]))
        case .urlAndNull: return json(document(["url": .string(url), "b64_json": .null]))
        case .emptyURL:
            return json(
                document(
                    ["url": .string(""), "b64_json": .null],
                    ["usage": .object(["cost_in_usd_ticks": .integer(0)])]))
        case .moderatedByXAI:
            return json(
                document(["url": .string(""), "b64_json": .string(""), "respect_moderation": .bool(false)]))
        case .page: return text("<html>busy</html>", type: "text/html")
        }
    }

    private func wrapped(with lineEnd: String) -> String {
        var lines: [Substring] = []
        var rest = base64[...]
        while !rest.isEmpty {
            lines.append(rest.prefix(76))
            rest = rest.dropFirst(76)
        }
        return lines.joined(separator: lineEnd)
    }
}
