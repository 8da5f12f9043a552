public import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// An image file in memory, with its type and size.
public struct EncodedImage: Sendable, Hashable {
    public let data: Data
    public let format: ImageFormat
    /// The size in pixels, as stored.
    public let size: Size

    public init(data: Data, format: ImageFormat, size: Size) {
        self.data = data
        self.format = format
        self.size = size
    }
}
