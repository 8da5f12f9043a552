import CGessoKernels

/// The pixels of an image: `height` rows of `bytesPerRow` bytes, top row first, straight alpha.
///
/// A value with copy-on-write storage: copies share memory until one is written, and the only owner works in place.
/// Rows start at multiples of 64 bytes; bytes after a row's last pixel are undefined. The color profile is not part of
/// it: decoded images and frames carry it.
public struct Bitmap: Sendable {
    /// The size in pixels.
    public let size: Size
    /// The layout of a pixel.
    public let format: Bitmap.Format
    /// The distance between the starts of two rows in bytes, a multiple of 64.
    public let bytesPerRow: Int
    private var storage: PixelStorage

    /// A new bitmap. With `zeroed` false its samples are undefined, for callers that write all of them.
    ///
    /// Throws `invalidGeometry` for an empty or overflowing size, and `outOfMemory` if memory cannot be allocated.
    public init(size: Size, format: Bitmap.Format, zeroed: Bool = true) throws(GessoError) {
        try self.init(size: size, format: format, spareByteCount: 0, zeroed: zeroed)
    }

    /// With additional memory after the pixels, for decoders that work in place.
    package init(size: Size, format: Bitmap.Format, spareByteCount: Int, zeroed: Bool) throws(GessoError) {
        guard let byteCount = Bitmap.byteCount(size: size, format: format) else {
            throw GessoError(
                .invalidGeometry, stage: "allocate",
                "An image cannot have \(size) pixels; both sides must be at least 1 and fit in memory.",
                facts: ["found": "\(size)"])
        }
        self.size = size
        self.format = format
        self.bytesPerRow = byteCount / size.height
        self.storage = try PixelStorage(byteCount: byteCount, spareByteCount: spareByteCount, zeroed: zeroed)
    }

    /// The width in pixels.
    public var width: Int { size.width }
    /// The height in pixels.
    public var height: Int { size.height }
    /// The size in bytes of all rows, padding included: `height × bytesPerRow`.
    public var byteCount: Int { storage.byteCount }

    /// The size in bytes of a bitmap of that size and format; nil if it would be empty or overflow.
    public static func byteCount(size: Size, format: Bitmap.Format) -> Int? {
        guard !size.isEmpty else { return nil }
        let (row, rowOverflow) = size.width.multipliedReportingOverflow(by: format.bytesPerPixel)
        guard !rowOverflow, row <= Int.max - 127 else { return nil }
        let (total, overflow) = bytesPerRow(holding: row).multipliedReportingOverflow(by: size.height)
        return overflow ? nil : total
    }

    /// The row distance for rows of that many bytes.
    ///
    /// Vertical operations read many rows at once. Rows at a large power of two apart would evict each other from the
    /// first-level cache, so such distances are increased by 64 bytes.
    static func bytesPerRow(holding rowBytes: Int) -> Int {
        let aligned = (rowBytes + 63) & ~63
        return aligned >= 4096 && aligned & 1023 == 0 ? aligned + 64 : aligned
    }

    /// Reads the bytes of all rows.
    public func withBytes<R, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
        // Safe: the span ends with the closure, and the storage lives at least as long as self.
        try body(RawSpan(_unsafeStart: UnsafeRawPointer(storage.pointer), byteCount: storage.byteCount))
    }

    /// Reads one row: `width × bytesPerPixel` bytes. Traps if the row is outside the image.
    public func withRow<R, E: Error>(_ y: Int, _ body: (RawSpan) throws(E) -> R) throws(E) -> R {
        precondition(y >= 0 && y < size.height, "row \(y) is outside an image of \(size)")
        let start = UnsafeRawPointer(storage.pointer) + y * bytesPerRow
        return try body(RawSpan(_unsafeStart: start, byteCount: size.width * format.bytesPerPixel))
    }

    /// Writes the bytes of all rows; copies the pixels first if they are shared.
    public mutating func withMutableBytes<R>(_ body: (inout MutableRawSpan) throws(GessoError) -> R) throws(GessoError)
        -> R
    {
        try makeUnique()
        // Through local variables: the optimizer of Swift 6.3 crashes on a span made from a class's property.
        let (pointer, byteCount) = (storage.pointer, storage.byteCount)
        var span = MutableRawSpan(_unsafeStart: pointer, byteCount: byteCount)
        return try body(&span)
    }

    /// For calls into C: the address of the first row, valid inside the closure.
    package func withUnsafePixels<R, E: Error>(_ body: (UnsafePointer<UInt8>) throws(E) -> R) throws(E) -> R {
        try body(UnsafePointer(storage.pointer.assumingMemoryBound(to: UInt8.self)))
    }

    /// For calls into C: the address of the first row for writing, valid inside the closure.
    package mutating func withUnsafeMutablePixels<R>(
        _ body: (UnsafeMutablePointer<UInt8>) throws(GessoError) -> R
    ) throws(GessoError) -> R {
        try makeUnique()
        return try body(storage.pointer.assumingMemoryBound(to: UInt8.self))
    }

    private mutating func makeUnique() throws(GessoError) {
        guard !isKnownUniquelyReferenced(&storage) else { return }
        let copy = try PixelStorage(byteCount: storage.byteCount, zeroed: false)
        copy.pointer.copyMemory(from: storage.pointer, byteCount: storage.byteCount)
        storage = copy
    }
}

extension Bitmap: Equatable {
    /// Whether size, format and every sample are equal; padding bytes are ignored.
    public static func == (a: Bitmap, b: Bitmap) -> Bool {
        guard a.size == b.size, a.format == b.format else { return false }
        if a.storage === b.storage { return true }
        let rowBytes = a.size.width * a.format.bytesPerPixel
        return (0..<a.size.height).allSatisfy { y in
            gesso_same_bytes(
                a.storage.pointer + y * a.bytesPerRow, b.storage.pointer + y * b.bytesPerRow, rowBytes) != 0
        }
    }
}

extension Bitmap {
    /// Changes the samples row by row, top to bottom, in place when this bitmap is the only owner of its pixels.
    ///
    /// The span holds `width × channels` samples, without the row's padding; the second argument is the row's number.
    /// Throws `unsupportedFormat` when the samples are 16 bits wide (use ``forEachRow16(_:)``, or put
    /// `ConvertToSRGB()` before the stage), `cancelled` when the task is cancelled, and what the closure throws.
    public mutating func forEachRow(
        _ body: (inout MutableSpan<UInt8>, Int) throws(GessoError) -> Void
    ) throws(GessoError) {
        try forEachRow(of: UInt8.self, body)
    }

    /// The same for bitmaps of 16 bits a channel, in native byte order.
    public mutating func forEachRow16(
        _ body: (inout MutableSpan<UInt16>, Int) throws(GessoError) -> Void
    ) throws(GessoError) {
        try forEachRow(of: UInt16.self, body)
    }

    private mutating func forEachRow<Sample: FixedWidthInteger & BitwiseCopyable>(
        of type: Sample.Type, _ body: (inout MutableSpan<Sample>, Int) throws(GessoError) -> Void
    ) throws(GessoError) {
        guard format.bitsPerChannel == Sample.bitWidth else {
            throw GessoError(
                .unsupportedFormat, stage: "rows",
                "The samples have \(format.bitsPerChannel) bits and the stage works on \(Sample.bitWidth); convert the "
                    + "image before it, e.g. with ConvertToSRGB() for 8 bits.",
                facts: ["found": "\(format)", "allowed": "\(Sample.bitWidth) bits a channel"])
        }
        let (count, height) = (width * format.channels, height)
        try withMutableRows { (rows) throws(GessoError) in
            for y in 0..<height {
                if y % 64 == 0 { try checkCancellation("rows") }
                // Safe: a row holds that many samples, is aligned to 64 bytes, and the span ends with the iteration.
                let start = UnsafeMutableRawPointer(rows.row(y)).assumingMemoryBound(to: Sample.self)
                var span = MutableSpan(_unsafeStart: start, count: count)
                try body(&span, y)
            }
        }
    }
}
