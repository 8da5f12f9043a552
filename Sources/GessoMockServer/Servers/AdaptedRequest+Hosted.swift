import GessoPixels

extension ServerRules {
    func adaptToXAI(_ request: inout AdaptedRequest) throws(APIErrorResponse) {
        if request.isForm {
            throw APIErrorResponse(
                415, "Expected request with `Content-Type: application/json`", code: "unsupported_media_type")
        }
        var known: Set = [
            "model", "prompt", "n", "response_format", "aspect_ratio", "resolution", "quality", "user", "size", "style",
        ]
        if request.isEdit { known.formUnion(["image", "images"]) }
        try request.parameters.rejectAll(except: known, status: 422)
        for name in ["size", "style"] where request.parameters.contains(name) {
            throw APIErrorResponse(400, "Argument not supported: \(name)", param: name, code: "invalid_value")
        }
        try requireModel(request)
        request.parameters.remove("resolution")
        request.takesAnyModel = true
        request.returnsURLs =
            try request.parameters.takeChoice("response_format", of: ["url", "b64_json"]) != "b64_json"
        if let ratio = try request.parameters.takeText("aspect_ratio"), ratio != "auto" {
            guard ServerRules.ratios.contains(ratio), let size = ServerRules.size(ofRatio: ratio) else {
                throw .invalidValue("aspect_ratio", ratio, supported: ServerRules.ratios)
            }
            request.parameters.set("size", .string("\(size)"))
        }
        guard request.isEdit else { return }
        let single = try request.parameters.takeJSON("image")
        let list = try request.parameters.takeJSON("images")
        guard single == nil || list == nil else {
            throw .unsupported("images", "Only one of image and images can be provided.")
        }
        var references: [RequestValue] = single.map { [$0] } ?? []
        if case .array(let elements)? = list { references = elements }
        guard (1...3).contains(references.count) else {
            throw .unsupported("images", "Between 1 and 3 images can be provided; got \(references.count).")
        }
        var images: [RequestValue] = []
        for reference in references {
            guard case .object(let members) = reference, case .string(let url)? = members["url"] else {
                throw APIErrorResponse(422, "missing field `url`", param: "image", code: "missing_required_parameter")
            }
            guard members.keys.allSatisfy(["url", "type"].contains) else {
                throw APIErrorResponse(422, "unknown field in image", param: "image", code: "unknown_parameter")
            }
            images.append(.object(["image_url": .string(url)]))
        }
        request.parameters.set("images", .array(images))
    }

    func adaptToTogether(_ request: inout AdaptedRequest) throws(APIErrorResponse) {
        try request.parameters.rejectAll(except: [
            "model", "prompt", "n", "width", "height", "steps", "seed", "response_format", "output_format", "image_url",
            "reference_images", "negative_prompt", "guidance_scale", "disable_safety_checker",
        ])
        try requireModel(request)
        request.takesAnyModel = true
        request.returnsURLs =
            try request.parameters.takeChoice("response_format", of: ["url", "base64"]) != "base64"
        let width = try request.parameters.takeInteger("width", in: 64...4096)
        let height = try request.parameters.takeInteger("height", in: 64...4096)
        let image = try request.parameters.takeText("image_url")
        var urls = image.map { [RequestValue.string($0)] } ?? []
        if case .array(let elements)? = try request.parameters.takeJSON("reference_images") { urls += elements }
        request.parameters.keep(only: ["model", "prompt", "n", "output_format"])
        request.parameters.set("size", .string("\(width ?? 1024)x\(height ?? 1024)"))
        guard !urls.isEmpty else { return }
        request.isEdit = true
        request.parameters.set("images", .array(urls.map { .object(["image_url": $0]) }))
    }

    func adaptToOpenRouter(_ request: inout AdaptedRequest) throws(APIErrorResponse) {
        try request.parameters.rejectAll(except: [
            "model", "prompt", "n", "size", "quality", "background", "output_format", "output_compression", "seed",
            "aspect_ratio", "resolution", "input_references", "provider", "stream",
        ])
        try requireModel(request)
        request.takesAnyModel = true
        let references = try request.parameters.takeJSON("input_references")
        request.parameters.keep(only: [
            "model", "prompt", "n", "size", "quality", "background", "output_format", "output_compression",
        ])
        guard case .array(let elements)? = references else { return }
        try setImages(ServerRules.contentURLs(elements), in: &request)
    }

    /// A request for images in the form of a chat.
    func adaptedChat(_ parameters: Parameters) throws(APIErrorResponse) -> AdaptedRequest {
        var chat = parameters
        var request = AdaptedRequest(parameters: Parameters(object: [:]), isEdit: false, isForm: false)
        (request.takesAnyModel, request.isChat) = (true, true)
        guard let model = try chat.takeText("model") else { throw .missing("model") }
        guard case .array(let messages)? = try chat.takeJSON("messages"), case .object(let last)? = messages.last else {
            throw .missing("messages")
        }
        var prompt = ""
        switch last["content"] {
        case .string(let text): prompt = text
        case .array(let content):
            for case .object(let part) in content { if case .string(let text)? = part["text"] { prompt += text } }
            try setImages(ServerRules.contentURLs(content), in: &request)
        default: throw .missing("messages")
        }
        request.parameters.set("model", .string(model))
        request.parameters.set("prompt", .string(prompt))
        return request
    }

    private func setImages(_ urls: [String], in request: inout AdaptedRequest) throws(APIErrorResponse) {
        guard !urls.isEmpty else { return }
        request.isEdit = true
        request.parameters.set("images", .array(urls.map { .object(["image_url": .string($0)]) }))
    }

    /// The URLs of `{"type":"image_url","image_url":{"url":…}}`, the form of images in messages.
    private static func contentURLs(_ elements: [RequestValue]) throws(APIErrorResponse) -> [String] {
        var urls: [String] = []
        for case .object(let part) in elements where part["type"] == .string("image_url") {
            guard case .object(let image)? = part["image_url"], case .string(let url)? = image["url"] else {
                throw .wrongType(
                    "image_url", expected: "an object with a url", found: part["image_url"]?.kind ?? "null")
            }
            urls.append(url)
        }
        return urls
    }

    func requireModel(_ request: AdaptedRequest) throws(APIErrorResponse) {
        if !request.parameters.contains("model") { throw .missing("model") }
    }

    private static let ratios = [
        "1:1", "3:4", "4:3", "9:16", "16:9", "2:3", "3:2", "9:19.5", "19.5:9", "9:20", "20:9", "1:2", "2:1",
    ]

    /// About a megapixel of that ratio, with edges in multiples of 16.
    private static func size(ofRatio ratio: String) -> Size? {
        let parts = ratio.split(separator: ":").compactMap { Double($0) }
        guard parts.count == 2 else { return nil }
        let width = (1_048_576 * parts[0] / parts[1]).squareRoot()
        func edge(_ length: Double) -> Int { max(16, Int((length / 16).rounded()) * 16) }
        return Size(width: edge(width), height: edge(width * parts[1] / parts[0]))
    }
}
