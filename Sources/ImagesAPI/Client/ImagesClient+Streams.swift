extension ImagesClient {
    /// Makes a picture and shows the work as it proceeds.
    ///
    /// - Parameter partialImages: 0…3 pictures of the work so far; fewer may come. Each costs 100 image output tokens.
    public func createStream(_ request: CreateRequest, partialImages: Int = 0) -> ImageStream {
        ImageStream(
            StreamSession(client: self, expectedImages: request.n ?? 1, expectedPartials: partialImages) {
                () throws(ImagesAPIError) in
                try RequestRules.check(request)
                try RequestRules.check(partialImages: partialImages)
                var fields = request.fields
                fields.stream(partialImages: partialImages)
                var body = RequestBody()
                body.append(json: fields)
                return try self.transferRequest("/images/generations", body: body, contentType: "application/json")
            })
    }

    /// Edits a picture and shows the work as it proceeds.
    ///
    /// - Parameter partialImages: 0…3 pictures of the work so far; fewer may come. Each costs 100 image output tokens.
    public func editStream(_ request: EditRequest, partialImages: Int = 0) -> ImageStream {
        ImageStream(
            StreamSession(client: self, expectedImages: request.n ?? 1, expectedPartials: partialImages) {
                () throws(ImagesAPIError) in
                try RequestRules.check(request)
                try RequestRules.check(partialImages: partialImages)
                var fields = request.fields
                fields.stream(partialImages: partialImages)
                let (body, contentType) = try ImagesClient.body(of: request, fields: fields)
                return try self.transferRequest("/images/edits", body: body, contentType: contentType)
            })
    }
}
