import Foundation
import Gesso

/// The result of a command: a JSON object and a summary.
protocol Report: Encodable {
    func printSummary()

    /// The exit status of a command that succeeded but found a problem; 0 by default.
    var exitStatus: Int32 { get }
}

extension Report {
    var exitStatus: Int32 { 0 }
}

/// A file that a command wrote.
struct WrittenFile: Encodable {
    let path: String
    let format: String
    let width: Int
    let height: Int
    let bytes: Int
    /// Whether the source's content credentials were kept; nil if it had none.
    let contentCredentials: ContentCredentials?
    /// `convert --placeholder` with several files.
    var placeholder: Image.Placeholder?

    init(_ path: String, _ image: EncodedImage, contentCredentials: ContentCredentials? = nil) {
        self.init(path, image.format, image.size, image.data.count, contentCredentials)
    }

    init(_ file: ImagesResponse.WrittenFile) {
        self.init(
            file.url.path, file.format, file.size, file.byteCount,
            ContentCredentials(of: file.source, isUntouched: file.thumbnail == nil))
    }

    private init(
        _ path: String, _ format: ImageFormat, _ size: Size, _ byteCount: Int, _ contentCredentials: ContentCredentials?
    ) {
        self.path = path
        self.format = format.rawValue
        width = size.width
        height = size.height
        bytes = byteCount
        self.contentCredentials = contentCredentials
    }

    var line: String {
        "\(path.escapingControlCharacters())  \(width)x\(height) \(format), \(Amount.bytes(bytes))"
            + (contentCredentials == .kept ? ", content credentials kept" : "")
    }
}

/// Formats numbers for summaries.
enum Amount {
    static func bytes(_ count: Int) -> String {
        count < 1_000 ? "\(count) B" : count < 1_000_000 ? "\(count / 1_000) kB" : fixed(Double(count) / 1e6, 1) + " MB"
    }

    static func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}
