import CGessoKernels

/// Pixel memory from C, so that too little of it is an error and not the end of the process.
// Sendable holds: the pointer never changes, and Bitmap writes only while it holds the single reference.
final class PixelStorage: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
    let byteCount: Int
    private let capacity: Int

    /// `spareByteCount` bytes behind the pixels are room for a decoder to work in.
    init(byteCount: Int, spareByteCount: Int = 0, zeroed: Bool) throws(GessoError) {
        let (whole, overflow) = byteCount.addingReportingOverflow(spareByteCount)
        var capacity = 0
        guard !overflow, let pointer = gesso_pixels_allocate(whole, zeroed ? 1 : 0, &capacity) else {
            throw GessoError(
                .outOfMemory, stage: "allocate",
                "No memory for \(byteCount) bytes of pixels; lower the pixel limit or have fewer images in flight.",
                facts: ["bytes": "\(byteCount)"])
        }
        self.pointer = pointer
        self.byteCount = byteCount
        self.capacity = capacity
    }

    deinit { gesso_pixels_free(pointer, capacity) }
}
