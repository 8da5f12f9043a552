/// One JSON document after its only pass: the small values as a tree, the images in buffers of their own.
struct ScannedDocument {
    /// The document, with null in the place of each image.
    var value: JSONValue
    /// The answer's images, in the order they came.
    var images: [ScannedImage]

    /// The one image of a document that is no list of them.
    var image: ScannedImage? { images.first { $0.element == nil } ?? images.first }
}

/// An image found under the key `b64_json`.
struct ScannedImage {
    /// The place in the answer's list of the object that holds it, or nil when that is the answer itself.
    var element: Int?
    var bytes: ByteBuffer

    /// The image, its bytes handed over.
    func image(url: String? = nil, revisedPrompt: String? = nil) -> GeneratedImage {
        var image = GeneratedImage(data: bytes.take(), url: url, revisedPrompt: revisedPrompt)
        image.file = bytes.path
        return image
    }
}

/// What a scan can find wrong; offsets count the document's bytes from 0.
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

/// The bounds of one scan, and where its images go.
struct ScanLimits: Sendable {
    /// A folder for the images' files; nil keeps them in memory.
    var imageDirectory: String?
    var depth = 64
    var otherBytes = 1_024 * 1_024
    var imageWireBytes = 96 * 1_024 * 1_024
    /// Values in the tree; each costs far more memory than the two bytes it can be written in.
    var values = 100_000
    /// Images of one answer.
    var images = 10
    /// The keys, from the outside in, behind which the document has the answer; images elsewhere are passed over.
    var answer: [String] = []
    /// Bytes of one line, where there are several documents.
    var lineBytes = Int.max
    /// Knows the secrets that are removed from the tree.
    var scrubber = SecretScrubber()

    init() {}

    /// - Parameter images: how many were asked for; ten, the most a request may ask for, are always taken.
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
