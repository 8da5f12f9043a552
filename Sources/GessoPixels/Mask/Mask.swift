import CGessoKernels

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The pixels that an edit may change: one byte for each, 0 keep, 255 edit, values in between partly.
///
/// Always in pixels of the upright image. In files and in the Images API the polarity differs (alpha 0 = edit, or
/// luminance); in this type 255 always means "edit here".
public struct Mask: Sendable, Equatable {
    /// The coverage as a `gray8` bitmap.
    public internal(set) var coverage: Bitmap

    /// A mask with a `gray8` bitmap as coverage. Throws `pixelFormatMismatch` for another format.
    public init(coverage: Bitmap) throws(GessoError) {
        guard coverage.format == .gray8 else {
            throw GessoError(
                .pixelFormatMismatch, stage: "mask",
                "A mask needs one 8-bit channel; this bitmap is \(coverage.format).",
                facts: ["found": "\(coverage.format)", "allowed": "gray8"])
        }
        self.coverage = coverage
    }

    /// The size in pixels, that of the upright image.
    public var size: Size { coverage.size }
}

extension Mask {
    /// The mask transformed like its image, from stored to upright pixels.
    public func oriented(_ orientation: Orientation) throws(GessoError) -> Mask {
        try Mask(coverage: coverage.oriented(orientation))
    }

    /// The mask scaled to `size`, like its image.
    ///
    /// The triangle filter never undershoots, so kept pixels away from the edge stay exactly 0. Throws the errors of
    /// ``Bitmap/resized(to:filter:inLinearLight:)``.
    public func resized(to size: Size, filter: ResampleFilter = .triangle) throws(GessoError) -> Mask {
        try resized(to: size, from: nil, filter: filter)
    }

    /// The part of the mask in `box`, or all of it, scaled to `size`.
    package func resized(
        to size: Size, from box: Box?, filter: ResampleFilter = .triangle
    ) throws(GessoError) -> Mask {
        try Mask(coverage: coverage.resized(to: size, from: box, filter: filter))
    }

    /// The part of the mask inside `rect`.
    public func cropped(to rect: Rect) throws(GessoError) -> Mask {
        try Mask(coverage: coverage.cropped(to: rect))
    }

    /// The mask with pixels added around it, all with the coverage `new`: 255 to let the model fill them, 0 to keep
    /// them.
    public func padded(
        left: Int = 0, top: Int = 0, right: Int = 0, bottom: Int = 0, coverage new: UInt8
    ) throws(GessoError) -> Mask {
        try Mask(
            coverage: coverage.padded(
                left: left, top: top, right: right, bottom: bottom, fill: .color(Color(gray: new))))
    }
}

extension Mask {
    /// Whether no pixel is selected, not even partly.
    public var isEmpty: Bool { boundingBox == nil }

    /// Whether every pixel is fully selected.
    public var coversEverything: Bool {
        coverage.withRows { rows in
            (0..<size.height).allSatisfy { gesso_all_equal(rows.row($0), 255, size.width) != 0 }
        }
    }

    /// Whether any pixel is fully selected.
    public var selectsWholePixels: Bool {
        coverage.withRows { rows in
            (0..<size.height).contains { memchr(rows.row($0), 255, size.width) != nil }
        }
    }

    /// The smallest rectangle that contains every pixel with coverage above 0; nil if there are none.
    public var boundingBox: Rect? {
        coverage.withRows { rows in
            var (left, right, top, bottom) = (size.width, 0, -1, 0)
            for y in 0..<size.height {
                let row = rows.row(y)
                let end = gesso_last_nonzero(row, size.width)
                guard end > 0 else { continue }
                if top < 0 { top = y }
                bottom = y + 1
                right = max(right, end)
                left = min(left, gesso_first_nonzero(row, size.width))
            }
            return top < 0 ? nil : Rect(x: left, y: top, width: right - left, height: bottom - top)
        }
    }

    /// The fraction of the image that is selected, 0…1; partly selected pixels count in proportion.
    public var coveredFraction: Double {
        let sum = coverage.withRows { rows in
            (0..<size.height).reduce(into: UInt64(0)) { sum, y in sum += gesso_sum_bytes(rows.row(y), size.width) }
        }
        return Double(sum) / (255 * Double(size.width) * Double(size.height))
    }

    /// The coverage of one pixel; a pixel outside the mask is a programming error and traps.
    public subscript(x: Int, y: Int) -> UInt8 {
        precondition(x >= 0 && x < size.width && y >= 0 && y < size.height, "(\(x), \(y)) is outside a mask of \(size)")
        return coverage.withRows { $0.row(y)[x] }
    }
}
