import CGessoKernels

extension Bitmap {
    /// Scales 16-bit samples in floating point: first vertically, then each output row horizontally.
    func resizedInFloat(
        to target: Size, _ weights: FilterWeights.Pair, _ space: ResampleFilter.Space, rows: Range<Int>
    ) throws(GessoError) -> Bitmap {
        var result = try Bitmap(
            size: Size(width: target.width, height: rows.count), format: format, zeroed: false)
        let scaler = try FloatScaler(source: self, target: target, weights, space)
        try result.withMutableRows { (to) throws(GessoError) in
            try withRows { (from) throws(GessoError) in try scaler.run(from, to, rows) }
        }
        return result
    }
}

/// A resize operation in floating point.
///
/// Memory: the source rows under one output row, at most ``mostRows`` at a time, and one row of each width, in float.
final class FloatScaler {
    /// More source rows than this, of a strong reduction, are loaded again for each output row that uses them.
    static let mostRows = 256

    private let kernels: gesso_kernels_t
    private let format: Bitmap.Format
    private let width: Int
    private let target: Size
    private let down: FilterWeights
    private let across: FilterWeights
    private let weightsDown: [Float]
    private let weightsAcross: [Float]
    private let linear: [Float]?
    private let encoded: [Float]?
    /// The distance between source rows in `window`, in samples.
    private let step: Int
    private let window: PixelStorage
    /// The source row in each slot of `window`.
    private var held: [Int]
    private let scaledRow: PixelStorage
    private let finishedRow: PixelStorage

    init(
        source: Bitmap, target: Size, _ weights: FilterWeights.Pair, _ space: ResampleFilter.Space
    ) throws(GessoError) {
        kernels = gesso_kernels().pointee
        format = source.format
        width = source.width
        self.target = target
        (down, across) = weights
        weightsDown = down.weights.map(Float.init)
        weightsAcross = across.weights.map(Float.init)
        (linear, encoded) = space == .linear ? (SRGBCurve.linearFloat16, SRGBCurve.encodedFloat) : (nil, nil)
        // The kernels read and write four samples a pixel.
        step = (width * format.channels + 4 + 15) & ~15
        held = [Int](repeating: -1, count: min(source.height, down.stride, FloatScaler.mostRows))
        let (byteCount, overflow) = (step * 4).multipliedReportingOverflow(by: held.count)
        window = try PixelStorage(byteCount: overflow ? Int.max : byteCount, zeroed: false)
        scaledRow = try PixelStorage(byteCount: step * 4, zeroed: true)
        finishedRow = try PixelStorage(byteCount: (target.width * format.channels + 4) * 4, zeroed: false)
    }

    /// Computes `range` of the target's rows; the first of them is the first of `to`.
    func run(_ from: PixelRows, _ to: MutablePixelRows, _ range: Range<Int>) throws(GessoError) {
        let (channels, samples) = (Int32(format.channels), width * format.channels)
        for y in range {
            if y & 15 == 0 { try checkCancellation("resize") }
            let (start, count) = (Int(down.starts[y]), Int(down.counts[y]))
            scaledRow.floats.update(repeating: 0, count: samples)
            for tap in stride(from: 0, to: count, by: held.count) {
                let rows = start + tap..<start + min(count, tap + held.count)
                for row in rows where held[row % held.count] != row {
                    gesso_load_row16(from.row16(row), slot(row), width, channels, linear)
                    held[row % held.count] = row
                }
                let pointers = rows.map { Optional(UnsafePointer(slot($0))) }
                weightsDown.withUnsafeBufferPointer { weights in
                    guard let weights = weights.baseAddress else { return }
                    kernels.weigh_rows(
                        pointers, weights + (y * down.stride + tap), rows.count, samples, scaledRow.floats)
                }
            }
            kernels.weigh_pixels(
                scaledRow.floats, finishedRow.floats, target.width, channels, across.starts, across.counts,
                weightsAcross, across.stride)
            gesso_store_row16(
                finishedRow.floats, to.row16(y - range.lowerBound), target.width, channels, encoded)
        }
    }

    private func slot(_ row: Int) -> UnsafeMutablePointer<Float> { window.floats + row % held.count * step }
}

extension PixelStorage {
    fileprivate var floats: UnsafeMutablePointer<Float> { pointer.assumingMemoryBound(to: Float.self) }
}
