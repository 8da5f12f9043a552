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
