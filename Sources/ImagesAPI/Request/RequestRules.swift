/// What every server of this API refuses, checked before anything is sent.
enum RequestRules {
    static let maxImages = 16
    static let maxImageBytes = 50_000_000

    static func check(_ request: CreateRequest) throws(ImagesAPIError) {
        try check(prompt: request.prompt, model: request.model, n: request.n, compression: request.outputCompression)
    }

    static func check(_ request: EditRequest) throws(ImagesAPIError) {
        try check(prompt: request.prompt, model: request.model, n: request.n, compression: request.outputCompression)
        guard !request.images.isEmpty else {
            throw ImagesAPIError(.noImages, "An edit needs at least one picture; none was given.")
        }
        guard request.images.count <= maxImages else {
            throw ImagesAPIError(
                .tooManyImages, "\(request.images.count) pictures were given, \(maxImages) are allowed; send fewer.",
                facts: ["found": "\(request.images.count)", "allowed": "\(maxImages)"])
        }
        guard request.mask == nil || request.markup == nil else {
            throw ImagesAPIError(.invalidRequest, "Mask and markup exclude each other; give one of them.")
        }
        let uploads = request.images + [request.mask, request.markup].compactMap { $0 }
        for upload in uploads where upload.data.count >= maxImageBytes {
            throw ImagesAPIError(
                .imageTooLarge,
                "A picture has \(upload.data.count) bytes, less than \(maxImageBytes) are allowed; scale it down or compress it.",
                facts: ["found": "\(upload.data.count)", "allowed": "\(maxImageBytes - 1)"])
        }
    }

    static func check(partialImages: Int) throws(ImagesAPIError) {
        guard (0...3).contains(partialImages) else {
            throw ImagesAPIError(
                .invalidRequest, "partialImages is \(partialImages); it goes from 0 to 3.",
                facts: ["found": "\(partialImages)", "allowed": "0...3"])
        }
    }

    private static func check(prompt: String, model: Model, n: Int?, compression: Int?) throws(ImagesAPIError) {
        guard !prompt.isEmpty else {
            throw ImagesAPIError(.invalidRequest, "The prompt is empty; say what to paint.")
        }
        guard !model.rawValue.isEmpty else {
            throw ImagesAPIError(.invalidRequest, "No model is named; the server promises no default.")
        }
        if let n, !(1...10).contains(n) {
            throw ImagesAPIError(
                .invalidRequest, "n is \(n); 1 to 10 pictures can be asked for at once.",
                facts: ["found": "\(n)", "allowed": "1...10"])
        }
        if let compression, !(0...100).contains(compression) {
            throw ImagesAPIError(
                .invalidRequest, "outputCompression is \(compression); it goes from 0 to 100.",
                facts: ["found": "\(compression)", "allowed": "0...100"])
        }
    }
}
