public import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The calls that end a chain. Each throws `GessoError`: what reading, decoding, the stages and encoding throw, and
/// `limitExceeded`, `overloaded` or `cancelled` while waiting for the memory budget.
extension Image {
    /// Encodes as PNG: lossless, with alpha.
    public func png(effort: ImageEncoding.PNGEffort = .default) async throws -> EncodedImage {
        try await encoded(as: .png(effort: effort, reduces: true))
    }

    /// Encodes as JPEG; transparent parts become white.
    ///
    /// - Parameters:
    ///   - quality: 1…100.
    ///   - maxBytes: with it, the best quality up to `quality` that fits, and a smaller image where none does.
    public func jpeg(quality: Int = 85, maxBytes: Int? = nil) async throws -> EncodedImage {
        try await encoded(as: .jpeg(quality: quality), maxBytes: maxBytes)
    }

    /// Encodes as lossy WebP, with alpha.
    ///
    /// - Parameters:
    ///   - quality: 0…100.
    ///   - maxBytes: with it, the best quality up to `quality` that fits, and a smaller image where none does.
    public func webp(quality: Int = 80, maxBytes: Int? = nil) async throws -> EncodedImage {
        try await encoded(as: .webp(quality: quality), maxBytes: maxBytes)
    }

    /// Encodes as AVIF, with alpha; smaller than WebP and slower. Needs the package trait `HEIF`.
    ///
    /// - Parameters:
    ///   - quality: 0…100.
    ///   - maxBytes: with it, the best quality up to `quality` that fits, and a smaller image where none does.
    public func avif(quality: Int = 60, maxBytes: Int? = nil) async throws -> EncodedImage {
        try await encoded(as: .avif(quality: quality), maxBytes: maxBytes)
    }

    /// Encodes as `encoding` says, into at most `maxBytes` bytes if given: at the best quality that fits, then smaller.
    public func encoded(as encoding: ImageEncoding, maxBytes: Int? = nil) async throws -> EncodedImage {
        try await ImageRun.files(
            of: self,
            [ImageRun.Output(stages: [], encoding: encoding, maxBytes: maxBytes, isAnimated: keepsFrames)])[0]
    }

    /// Makes several outputs from one decode, in parallel where the memory budget allows it, in the order of `renditions`.
    ///
    /// ```swift
    /// let files = try await Image(upload).renditions([.thumbnail(512, as: .webp), .thumbnail(128, as: .webp)])
    /// ```
    public func renditions(_ renditions: [Rendition]) async throws -> [EncodedImage] {
        try await ImageRun.files(of: self, outputs(renditions))
    }

    func outputs(_ renditions: [Rendition]) -> [ImageRun.Output] {
        renditions.map {
            ImageRun.Output(
                stages: $0.stages, encoding: $0.encoding ?? .png, isAnimated: keepsFrames || $0.isAnimated)
        }
    }

    /// Encodes and writes a file that appears whole or not at all.
    ///
    /// - Parameters:
    ///   - file: its extension names the encoding unless `encoding` does: png, jpg, jpeg, webp or avif.
    ///   - encoding: nil takes the one that the extension names.
    ///   - maxBytes: the most bytes that the file may have; nil sets no limit.
    ///   - overwrites: whether an existing file is replaced; otherwise it is kept and the call throws `fileExists`.
    @discardableResult
    public func write(
        to file: URL, as encoding: ImageEncoding? = nil, maxBytes: Int? = nil, overwrites: Bool = false
    ) async throws -> EncodedImage {
        let target = try OutputFile(at: file.path)
        try target.check(overwrites: overwrites)
        guard let encoding = encoding ?? ImageEncoding(fileExtension: file.pathExtension, quality: 80) else {
            throw GessoError(
                .unsupportedFormat, stage: "encode",
                "\(file.lastPathComponent) does not name a format that can be written; end it in .png, .jpg, .webp or .avif, "
                    + "or give an encoding.",
                facts: ["found": file.pathExtension])
        }
        let image = try await encoded(as: encoding, maxBytes: maxBytes)
        try await PixelPool.shared.run { try target.write(image.data, overwrites: overwrites) }
        return image
    }

    /// Reads the header only: type, size, orientation, profile, metadata kinds.
    ///
    /// ```swift
    /// let size = try await Image(upload).header().uprightSize
    /// ```
    public func header() async throws -> ImageHeader {
        let (data, limits) = (try await load(), limits)
        return try await PixelPool.shared.run { try ImageHeader(probing: data, limits: limits) }
    }

    /// Decodes and runs the steps, and hands out the pixels instead of a file.
    ///
    /// The memory budget counts the pixels until they are handed out and no longer.
    public func frame() async throws -> Frame { try await ImageRun.frame(of: self) }

    /// Says what the chain would do to the pixels and how much memory they would take; reads the header only.
    public func plan(as encoding: ImageEncoding = .png) async throws -> Pipeline.Plan {
        try await ImageRun(self, outputs: [ImageRun.Output(stages: [], encoding: encoding)]).plan
    }
}
