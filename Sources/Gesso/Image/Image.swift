public import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// An image file, and what is to become of it.
///
/// ```swift
/// let thumbnail = try await Image(upload).thumbnail(256).webp(quality: 80)
/// let small = try await Image(upload).fitted(1600).jpeg(maxBytes: 40_000)
/// ```
/// A value that costs nothing to make: each call adds a step, and nothing runs before the last call, an `async` one such as
/// ``webp(quality:maxBytes:)``, ``renditions(_:)`` or ``write(to:as:maxBytes:overwrites:)``. That call reads the header and holds it
/// against the limits, waits until ``PixelBudget`` can afford the planned bytes, and then decodes, runs the steps and
/// encodes on ``PixelPool/shared``, never on Swift's cooperative threads. JPEG and WebP are decoded at a fraction of their
/// size where that gives the same result.
///
/// The image is oriented upright before the first step and converted to 8-bit sRGB after the last one. No metadata is written
/// unless ``metadata(_:)`` asks for it.
public struct Image: Sendable {
    enum Source: Sendable {
        case data(Data)
        case file(URL)
    }

    let source: Source
    let limits: ImageDecoder.Limits
    let budget: PixelBudget
    var stages: [any Stage] = []
    var metadataPolicy = ImageMetadata.Policy.stripAll
    var convertsToSRGB = true
    var keepsFrames = false
    var level = ImageDecoder.Options.Level.standard

    private init(_ source: Source, _ limits: ImageDecoder.Limits, _ budget: PixelBudget) {
        self.source = source
        self.limits = limits
        self.budget = budget
    }

    /// The image in the bytes of a file.
    public init(_ data: Data, limits: ImageDecoder.Limits = .default, budget: PixelBudget = .shared) {
        self.init(.data(data), limits, budget)
    }

    /// The image in a file, which is read by the last call of the chain, up to `limits.byteCount`.
    public init(contentsOf file: URL, limits: ImageDecoder.Limits = .default, budget: PixelBudget = .shared) {
        self.init(.file(file), limits, budget)
    }

    /// The image in bytes that arrive in pieces, such as the body of a request.
    ///
    /// Collects them at once. Throws `tooManyBytes` as soon as there are more than `limits.byteCount`, `cancelled` when the
    /// task is, and what the sequence throws.
    public init<Pieces: AsyncSequence>(
        collecting pieces: Pieces, limits: ImageDecoder.Limits = .default, budget: PixelBudget = .shared
    ) async throws where Pieces.Element: Sequence<UInt8> {
        var data = Data()
        for try await piece in pieces {
            try GessoError.throwIfCancelled(stage: "read")
            data.append(contentsOf: piece)
            try Image.check(data.count, limits)
        }
        self.init(data, limits: limits, budget: budget)
    }

    /// The bytes of the file.
    func load() async throws -> Data {
        switch source {
        case .data(let data): return data
        case .file(let url):
            let limits = limits
            return try await PixelPool.shared.run { try FileContents.read(url.path, maximum: limits.byteCount) }
        }
    }

    package static func check(_ count: Int, _ limits: ImageDecoder.Limits) throws(GessoError) {
        guard count > limits.byteCount else { return }
        throw GessoError(
            .tooManyBytes, stage: "read",
            "The file is larger than the allowed \(limits.byteCount) bytes; send a smaller one, or raise "
                + "limits.byteCount (--limit bytes=N).",
            facts: ["allowed": "\(limits.byteCount)"])
    }
}
