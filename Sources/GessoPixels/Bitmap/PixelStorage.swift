import CGessoKernels

/// Pixel memory allocated in C, so that a failed allocation is an error and does not end the process.
// Sendable holds: the pointer never changes, and Bitmap writes only while it holds the single reference.
final class PixelStorage: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
    let byteCount: Int
    private let capacity: Int

    /// - Parameter spareByteCount: Additional bytes after the pixels, for decoders that work in place.
    init(byteCount: Int, spareByteCount: Int = 0, zeroed: Bool) throws(GessoError) {
        let (whole, overflow) = byteCount.addingReportingOverflow(spareByteCount)
        var capacity = 0
        guard !overflow, let pointer = gesso_pixels_allocate(whole, zeroed ? 1 : 0, &capacity) else {
            throw GessoError(
                .outOfMemory, stage: "allocate",
                "Could not allocate \(byteCount) bytes of pixels; lower the pixel limit or process fewer images at once.",
                facts: ["bytes": "\(byteCount)"])
        }
        self.pointer = pointer
        self.byteCount = byteCount
        self.capacity = capacity
    }

    deinit { gesso_pixels_free(pointer, capacity) }
}

/// The addresses of an image's rows, for calls into C; valid inside the closure that gets it.
struct PixelRows {
    let base: UnsafePointer<UInt8>
    let bytesPerRow: Int

    func row(_ y: Int) -> UnsafePointer<UInt8> { base + y * bytesPerRow }

    /// The row as 16-bit samples.
    func row16(_ y: Int) -> UnsafePointer<UInt16> { UnsafeRawPointer(row(y)).assumingMemoryBound(to: UInt16.self) }
}

/// The addresses of an image's rows for writing.
struct MutablePixelRows {
    let base: UnsafeMutablePointer<UInt8>
    let bytesPerRow: Int

    func row(_ y: Int) -> UnsafeMutablePointer<UInt8> { base + y * bytesPerRow }

    func row16(_ y: Int) -> UnsafeMutablePointer<UInt16> {
        UnsafeMutableRawPointer(row(y)).assumingMemoryBound(to: UInt16.self)
    }
}

extension Bitmap {
    /// Gives read access to the rows.
    func withRows<R, E: Error>(_ body: (PixelRows) throws(E) -> R) throws(E) -> R {
        try withUnsafePixels { (base) throws(E) in try body(PixelRows(base: base, bytesPerRow: bytesPerRow)) }
    }

    /// Gives write access to the rows; copies the pixels first if they are shared.
    mutating func withMutableRows<R>(
        _ body: (MutablePixelRows) throws(GessoError) -> R
    ) throws(GessoError) -> R {
        let stride = bytesPerRow
        return try withUnsafeMutablePixels { (base) throws(GessoError) in
            try body(MutablePixelRows(base: base, bytesPerRow: stride))
        }
    }

    /// A new bitmap, computed row by row from this one.
    func mappingRows(
        to format: Bitmap.Format, _ body: (PixelRows, MutablePixelRows, Int) -> Void
    ) throws(GessoError) -> Bitmap {
        var result = try Bitmap(size: size, format: format, zeroed: false)
        try result.withMutableRows { (target) throws(GessoError) in
            withRows { source in
                for y in 0..<height { body(source, target, y) }
            }
        }
        return result
    }
}

/// Throws `cancelled` if the current task was cancelled; called between bands of rows.
func checkCancellation(_ stage: String) throws(GessoError) {
    if Task.isCancelled {
        throw GessoError(.cancelled, stage: stage, "The task was cancelled before the image was finished.")
    }
}
