import CGessoKernels

/// Pixel memory from C, so that too little of it is an error and not the end of the process.
// Sendable holds: the pointer never changes, and Bitmap writes only while it holds the single reference.
final class PixelStorage: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
    let byteCount: Int

    init(byteCount: Int, zeroed: Bool) throws(GessoError) {
        guard let pointer = gesso_buffer_allocate(byteCount, zeroed ? 1 : 0) else {
            throw GessoError(
                .outOfMemory, stage: "allocate",
                "No memory for \(byteCount) bytes of pixels; lower the pixel limit or the number of pictures in flight.",
                facts: ["bytes": "\(byteCount)"])
        }
        self.pointer = pointer
        self.byteCount = byteCount
    }

    deinit { gesso_buffer_free(pointer) }
}
