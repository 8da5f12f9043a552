public import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ImageHeader {
    /// Reads the header of `file` on ``PixelPool/shared``, as a server should: hostile files make it take milliseconds.
    ///
    /// Throws what ``ImageHeader/init(probing:limits:)`` throws.
    public static func read(_ file: Data, limits: ImageDecoder.Limits = .default) async throws -> ImageHeader {
        try await PixelPool.shared.run { try ImageHeader(probing: file, limits: limits) }
    }
}

extension ImageMetadata {
    /// Takes from `file` what `policy` lets through, on ``PixelPool/shared``.
    ///
    /// Throws what ``ImageMetadata/init(of:policy:limits:)`` throws.
    public static func read(
        _ file: Data, policy: ImageMetadata.Policy = .stripPrivate, limits: ImageDecoder.Limits = .default
    ) async throws -> ImageMetadata {
        try await PixelPool.shared.run { try ImageMetadata(of: file, policy: policy, limits: limits) }
    }
}
