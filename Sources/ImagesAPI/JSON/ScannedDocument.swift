/// A JSON document that has been read: small values as a tree, images in buffers of their own.
struct ScannedDocument {
    /// The document, with null in place of each image.
    var value: JSONValue
    /// The images of the response, in the order of the document.
    var images: [ScannedImage]

    /// The image of a document that has only one.
    var image: ScannedImage? { images.first { $0.element == nil } ?? images.first }

    /// Whether the images are no results by their places, so that a document with an error has none.
    var hasImagesElsewhere: Bool { images.first?.isResult == false }
}

/// An image found in a document.
struct ScannedImage {
    /// The index in the response's list of the object that contains it; nil if the response itself contains it.
    var element: Int?
    /// Whether its key and place say that it is a result.
    var isResult = true
    /// The keys around an image that is found elsewhere, with `*` for lists.
    var place = ""
    var bytes: ByteBuffer

    /// Whether the Responses API calls it a partial image.
    var isPartial: Bool { place.hasSuffix("partial_image_b64") }

    /// The image, which takes over the bytes.
    func image(url: String? = nil, revisedPrompt: String? = nil) -> ImagesResponse.GeneratedImage {
        var image = ImagesResponse.GeneratedImage(data: bytes.take(), url: url, revisedPrompt: revisedPrompt)
        image.file = bytes.path
        return image
    }
}

extension Array where Element == ScannedImage {
    /// The results; if there are none, the images that share the place of the first one elsewhere.
    var chosen: [ScannedImage] {
        let results = filter(\.isResult)
        guard results.isEmpty else { return results }
        // Partial images of the Responses API are results of their own events only.
        let place = (first { !$0.isPartial } ?? first)?.place
        return filter { $0.place == place }
    }
}

/// Why a document cannot be read; offsets count its bytes from 0.
enum ScanFailure: Error, Equatable {
    case malformed(offset: Int)
    case incomplete(offset: Int)
    case base64(Base64Failure, offset: Int)
    case tooDeep(allowed: Int)
    case tooManyBytes(allowed: Int)
    case imageTooLarge(allowed: Int)
    case tooManyImages(allowed: Int)
    case lineTooLong(allowed: Int)
    case outOfMemory
}

/// The limits of one scan, and where its images are stored.
struct ScanLimits: Sendable {
    /// A directory for the images' files; nil keeps them in memory.
    var imageDirectory: String?
    var depth = 64
    var otherBytes = 1_024 * 1_024
    var imageWireBytes = 96 * 1_024 * 1_024
    /// Values in the tree; each takes far more memory than the two bytes that it may have in the text.
    var values = 100_000
    /// Images of one response.
    var images = 10
    /// The path of keys to the response within the document; images elsewhere are ignored.
    var responsePath: [String] = []
    /// Bytes of one line, for files with several documents.
    var lineBytes = Int.max
    /// Removes secrets from the tree.
    var scrubber = SecretScrubber()

    init() {}

    /// - Parameter images: how many were requested; ten, the most that can be requested, are always accepted.
    init(
        _ limits: ImagesClient.ResponseLimits, images: Int = 1, imageDirectory: String? = nil,
        scrubber: SecretScrubber = SecretScrubber()
    ) {
        self.scrubber = scrubber
        self.imageDirectory = imageDirectory
        self.images = max(images, self.images)
        lineBytes = limits.wireBytes(images: self.images)
        depth = limits.jsonDepth
        otherBytes = limits.otherBytesPerDocument
        imageWireBytes = limits.wireBytesPerImage
    }
}
