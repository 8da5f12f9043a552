import CGessoKernels

/// A cache of the most recent source rows with color multiplied by alpha, in 16-bit samples.
///
/// Opaque rows do not need it. Opacity is determined row by row on demand, which saves a separate pass over the image.
struct PremultipliedRows {
    private enum Row {
        case unknown
        case opaque
        case transparent
    }

    private var rows: [Row]
    /// The source row in each slot.
    private var held: [Int]
    private let storage: PixelStorage
    private let samples: Int

    /// Space for `rows` of the image's `height` rows, each of `samples` 16-bit samples.
    init(rows count: Int, height: Int, samples: Int) throws(GessoError) {
        rows = [Row](repeating: .unknown, count: count == 0 ? 0 : height)
        held = [Int](repeating: -1, count: count)
        self.samples = Bitmap.bytesPerRow(holding: samples * 2) / 2
        let (byteCount, overflow) = (self.samples * 2).multipliedReportingOverflow(by: count)
        storage = try PixelStorage(byteCount: overflow ? Int.max : byteCount, zeroed: false)
    }

    /// Whether all these source rows are opaque; if not, prepares them for `row(_:)`.
    mutating func areOpaque(
        _ range: ClosedRange<Int>, _ from: PixelRows, offset: Int, count: Int, _ kernels: gesso_kernels_t
    ) throws(GessoError) -> Bool {
        var opaque = true
        for y in range {
            if rows[y] == .unknown {
                rows[y] = kernels.is_opaque(from.row(y) + offset, count) != 0 ? .opaque : .transparent
            }
            if rows[y] == .transparent { opaque = false }
        }
        if opaque { return true }
        for y in range where held[y % held.count] != y {
            kernels.premultiply16(from.row(y) + offset, pointer(y), count)
            held[y % held.count] = y
        }
        return false
    }

    func row(_ y: Int) -> UnsafePointer<Int16> { UnsafePointer(pointer(y)) }

    private func pointer(_ y: Int) -> UnsafeMutablePointer<Int16> {
        storage.pointer.assumingMemoryBound(to: Int16.self) + (y % held.count) * samples
    }
}
