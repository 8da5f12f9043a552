package import GessoPixels

/// What decoding a file takes, known from its header; the file's own bytes are not counted.
package struct DecodingMemory: Sendable, Hashable {
    /// Bytes that stay as long as the decoded image: its pixels, and the room behind them that a PNG is inflated into.
    package let kept: Int
    /// Bytes that the codec holds beside them while it decodes, at most.
    package let working: Int
    /// The part of ``kept`` behind the pixels.
    package let spare: Int
    /// Bytes that converting the colors by the file's profile takes; 0 where nothing is converted. Part of ``working`` too.
    package let conversion: Int

    /// Both: the most that is held at a time.
    package var peak: Int { kept.saturatingAdding(working) }
}

extension DecodeOptions {
    /// The memory that decoding a file with this header takes at most; nothing is allocated to find out.
    ///
    /// See the files `JPEGMemory`, `PNGMemory`, `WebPMemory`, `GIFMemory` and `ColorMemory` for where the figures come
    /// from.
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
        let deep = preserve16Bit && header.bitsPerChannel == 16
        if header.hasAlpha { return deep ? .rgba16 : .rgba8 }
        if header.colorModel == .gray { return deep ? .gray16 : .gray8 }
        return deep ? .rgb16 : .rgb8
    }

    /// Throws `limitExceeded`, before anything is allocated, when the codec's working memory is more than is allowed.
    func checkMemory(for header: ImageHeader) throws(GessoError) {
        let working = memory(for: header).working
        guard working > limits.workingByteCount else { return }
        throw GessoError(
            .limitExceeded, stage: "decode",
            "Decoding this \(header.format) of \(header.size) takes \(working) bytes beside the pixels, "
                + "\(limits.workingByteCount) are allowed; use a smaller image, or raise limits.workingByteCount.",
            facts: [
                "found": "\(working)", "allowed": "\(limits.workingByteCount)", "what": "working memory",
                "format": header.format.rawValue,
            ])
    }
}

extension Int {
    /// The sum, or the largest number where that overflows.
    package func saturatingAdding(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    /// The product, or the largest number where that overflows.
    package func saturatingMultiplied(by other: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
