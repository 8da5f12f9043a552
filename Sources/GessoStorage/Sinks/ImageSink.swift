public import Gesso

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Where encoded images are kept.
///
/// ```swift
/// func publish(_ photo: Data, as name: String, to sink: some ImageSink) async throws {
///     let thumbnail = try await Image(photo).thumbnail(256).webp()
///     try await sink.write(thumbnail, as: "\(name)-256.webp")
/// }
/// ```
/// An image that a sink could not write is still the caller's: nothing is taken from it.
public protocol ImageSink: Sendable {
    /// Writes an image under a name; returns when it is where the sink keeps it, whole.
    @discardableResult
    func write(_ image: EncodedImage, as name: String) async throws -> StoredImage
}

/// An image in a sink.
public struct StoredImage: Sendable, Hashable {
    /// The name that it was written under.
    public var name: String
    /// The bytes of the image.
    public var byteCount: Int
    /// Whether the sink had something under the name already and kept it, instead of this image.
    public var wasKept: Bool
    /// Where it is, without a query or signature; nil if the sink has no addresses.
    public var location: URL?

    /// An image in a sink of your own.
    public init(name: String, byteCount: Int, wasKept: Bool = false, location: URL? = nil) {
        self.name = name
        self.byteCount = byteCount
        self.wasKept = wasKept
        self.location = location
    }
}

extension StoredImage {
    /// What a sink does if it has something under the name already.
    public enum Existing: Sendable, Hashable {
        /// Replaces it, in one step: readers see the old image or the new one.
        case replace
        /// Keeps it, and reports so in ``StoredImage/wasKept``: for names that are made of the content.
        case keep
        /// Keeps it, and throws `fileExists`.
        case refuse
    }
}
