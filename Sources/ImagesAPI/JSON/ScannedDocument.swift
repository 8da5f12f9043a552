/// One JSON document after its only pass: the small values as a tree, the pictures in buffers of their own.
struct ScannedDocument {
    /// The document, with null in the place of each picture.
    var value: JSONValue
    /// The answer's pictures, in the order they came.
    var images: [ScannedImage]

    /// The one picture of a document that is no list of them.
    var image: ScannedImage? { images.first { $0.element == nil } ?? images.first }
}

/// A picture found under the key `b64_json`.
struct ScannedImage {
    /// The place in the answer's list of the object that holds it, or nil when that is the answer itself.
    var element: Int?
    var bytes: ByteBuffer

    /// The picture, its bytes handed over.
    func picture(url: String? = nil, revisedPrompt: String? = nil) -> GeneratedImage {
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

/// The bounds of one scan, and where its pictures go.
struct ScanLimits: Sendable {
    /// A folder for the pictures' files; nil keeps them in memory.
    var pictureDirectory: String?
    var depth = 64
    var otherBytes = 1_024 * 1_024
    var imageWireBytes = 96 * 1_024 * 1_024
    /// Values in the tree; each costs far more memory than the two bytes it can be written in.
    var values = 100_000
    /// Pictures of one answer.
    var images = 10
    /// The keys, from the outside in, behind which the document has the answer; pictures elsewhere are passed over.
    var answer: [String] = []
    /// Bytes of one line, where there are several documents.
    var lineBytes = Int.max
    /// Knows the secrets that are removed from the tree.
    var scrubber = SecretScrubber()

    init() {}

    /// - Parameter images: how many were asked for; ten, the most a request may ask for, are always taken.
    init(
        _ limits: ResponseLimits, images: Int = 1, pictureDirectory: String? = nil,
        scrubber: SecretScrubber = SecretScrubber()
    ) {
        self.scrubber = scrubber
        self.pictureDirectory = pictureDirectory
        self.images = max(images, self.images)
        lineBytes = limits.wireBytes(images: self.images)
        depth = limits.jsonDepth
        otherBytes = limits.otherBytesPerDocument
        imageWireBytes = limits.wireBytesPerImage
    }
}
