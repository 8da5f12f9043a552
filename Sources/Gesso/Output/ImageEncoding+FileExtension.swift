package import GessoCodecs

extension ImageFormat {
    /// The format that a file name's extension stands for, in upper or lower case; nil for one that is not known.
    package init?(fileExtension: String) {
        switch fileExtension.lowercased() {
        case "jpg", "jpeg", "jpe", "jfif", "jif": self = .jpeg
        case "png", "webp", "gif", "svg", "avif": self.init(rawValue: fileExtension.lowercased())
        case "heic", "heif", "hif": self = .heic
        default: return nil
        }
    }
}

extension ImageEncoding {
    /// The encoding that a file name's extension stands for; nil for a format that is not written.
    package init?(fileExtension: String, quality: Int) {
        guard let format = ImageFormat(fileExtension: fileExtension) else { return nil }
        self.init(format: format.rawValue, quality: quality)
    }
}
