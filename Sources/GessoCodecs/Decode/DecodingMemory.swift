package import GessoPixels

/// The memory that decoding a file takes, computed from its header, without the file itself. In bytes.
package struct DecodingMemory: Sendable, Hashable {
    /// The decoded image: its pixels, and the space after them into which a PNG is inflated.
    package let kept: Int
    /// The most that the codec allocates in addition while it decodes.
    package let working: Int
    /// The part of ``kept`` after the pixels.
    package let spare: Int
    /// The color conversion by the file's profile; 0 if none is needed. Included in ``working``.
    package let conversion: Int

    /// The most that is allocated at a time: ``kept`` and ``working``.
    package var peak: Int { kept.saturatingAdding(working) }
}

extension ImageDecoder.Options {
    /// The most memory that decoding a file with this header takes.
    ///
    /// `JPEGMemory`, `PNGMemory`, `WebPMemory`, `GIFMemory`, `HEIFMemory` and `ColorMemory` document the figures.
    package func memory(for header: ImageHeader) -> DecodingMemory {
        let size = decodedSize(of: header)
        let format = decodedFormat(of: header)
        let pixels = Bitmap.byteCount(size: size, format: format) ?? Int.max / 4
        var (spare, working, conversion) = (0, 0, 0)
        switch header.format {
        case .png:
            spare = PNGMemory.spare(header, format)
            working = PNGMemory.decoding(header)
        case .jpeg: working = JPEGMemory.decoding(header)
        case .webp: working = WebPMemory.decoding(header)
        case .heic, .avif: working = header.coding.decoderByteCount
        default: working = GIFMemory.decoding
        }
        if header.profileKind == .displayP3 || header.profileKind == .other {
            conversion = ColorMemory.conversion(profileByteCount: header.coding.profileByteCount)
        }
        return DecodingMemory(
            kept: pixels.saturatingAdding(spare), working: working.saturatingAdding(conversion), spare: spare,
            conversion: conversion)
    }

    /// The format of the bitmap that a file with this header is decoded to.
    package func decodedFormat(of header: ImageHeader) -> Bitmap.Format {
        let deep = preserve16Bit && header.bitsPerChannel > 8
        if header.hasAlpha { return deep ? .rgba16 : .rgba8 }
        if header.colorModel == .gray { return deep ? .gray16 : .gray8 }
        return deep ? .rgb16 : .rgb8
    }

    /// Throws `limitExceeded`, before anything is allocated, if the codec needs more working memory than is allowed.
    func checkMemory(for header: ImageHeader) throws(GessoError) {
        let working = memory(for: header).working
        guard working > limits.workingByteCount else { return }
        throw GessoError(
            .limitExceeded, stage: "decode",
            "Decoding this \(header.format) of \(header.size) takes \(working) bytes in addition to the pixels, "
                + "\(limits.workingByteCount) are allowed; use a smaller image, or raise limits.workingByteCount "
                + "(--limit working-bytes=N).",
            facts: [
                "found": "\(working)", "allowed": "\(limits.workingByteCount)", "what": "working memory",
                "format": header.format.rawValue,
            ])
    }
}

extension Int {
    /// The sum, or `Int.max` if it overflows.
    package func saturatingAdding(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    /// The product, or `Int.max` if it overflows.
    package func saturatingMultiplied(by other: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
