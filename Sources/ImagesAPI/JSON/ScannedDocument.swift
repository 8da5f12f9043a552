/// One JSON document after its only pass: the small values as a tree, the pictures in buffers of their own.
struct ScannedDocument {
    /// The document, with null in the place of each picture.
    var value: JSONValue
    var images: [ScannedImage]
}

/// A picture found under the key `b64_json`.
struct ScannedImage {
    /// The place of the object that holds it in the list around that object, or nil when no list is around it.
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
    /// Pictures in one document.
    var images = 1_024

    init() {}

    init(_ limits: ResponseLimits, pictureDirectory: String? = nil) {
        self.pictureDirectory = pictureDirectory
        depth = limits.jsonDepth
        otherBytes = limits.otherBytesPerDocument
        imageWireBytes = limits.wireBytesPerImage
    }
}
