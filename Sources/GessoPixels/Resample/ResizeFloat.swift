import CGessoKernels

extension Bitmap {
    /// Scales 16-bit samples in floating point: first vertically, then each output row horizontally.
    func resizedInFloat(
        to target: Size, from box: Box, filter: ResampleFilter, space: ResampleFilter.Space
    ) throws(GessoError) -> Bitmap {
        let down = FilterWeights(filter, length: height, from: box.top, to: box.bottom, count: target.height)
        let across = FilterWeights(filter, length: width, from: box.left, to: box.right, count: target.width)
        var result = try Bitmap(size: target, format: format, zeroed: false)
        let scaler = try FloatScaler(source: self, target: target, down: down, across: across, space: space)
        try result.withMutableRows { (to) throws(GessoError) in
            try withRows { (from) throws(GessoError) in try scaler.run(from, to) }
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
    private let weights: [Float]
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
        source: Bitmap, target: Size, down: FilterWeights, across: FilterWeights, space: ResampleFilter.Space
    ) throws(GessoError) {
        kernels = gesso_kernels().pointee
        format = source.format
        width = source.width
        self.target = target
        self.down = down
        self.across = across
        weights = across.weights.map(Float.init)
        (linear, encoded) = space == .linear ? (SRGBCurve.linearFloat16, SRGBCurve.encodedFloat) : (nil, nil)
        // The kernels read and write four samples a pixel.
        step = (width * format.channels + 4 + 15) & ~15
        held = [Int](repeating: -1, count: min(source.height, down.stride, FloatScaler.mostRows))
        let (byteCount, overflow) = (step * 4).multipliedReportingOverflow(by: held.count)
        window = try PixelStorage(byteCount: overflow ? Int.max : byteCount, zeroed: false)
        scaledRow = try PixelStorage(byteCount: step * 4, zeroed: true)
        finishedRow = try PixelStorage(byteCount: (target.width * format.channels + 4) * 4, zeroed: false)
    }

    func run(_ from: PixelRows, _ to: MutablePixelRows) throws(GessoError) {
        let channels = Int32(format.channels)
        for y in 0..<target.height {
            if y & 15 == 0 { try checkCancellation("resize") }
            let end = Int(down.starts[y] + down.counts[y])
            scaledRow.floats.update(repeating: 0, count: width * format.channels)
            for first in stride(from: Int(down.starts[y]), to: end, by: held.count) {
                let range = first..<min(end, first + held.count)
                for row in range where held[row % held.count] != row {
                    gesso_load_row16(from.row16(row), slot(row), width, channels, linear)
                    held[row % held.count] = row
                }
                let rows = range.map { Optional(UnsafePointer(slot($0))) }
                let weights = range.map { Float(down.weights[y * down.stride + $0 - Int(down.starts[y])]) }
                kernels.weigh_rows(rows, weights, range.count, width * format.channels, scaledRow.floats)
            }
            kernels.weigh_pixels(
                scaledRow.floats, finishedRow.floats, target.width, channels, across.starts, across.counts, weights,
                across.stride)
            gesso_store_row16(finishedRow.floats, to.row16(y), target.width, channels, encoded)
        }
    }

    private func slot(_ row: Int) -> UnsafeMutablePointer<Float> { window.floats + row % held.count * step }
}

extension PixelStorage {
    fileprivate var floats: UnsafeMutablePointer<Float> { pointer.assumingMemoryBound(to: Float.self) }
}
