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
        to format: PixelFormat, _ body: (PixelRows, MutablePixelRows, Int) -> Void
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
