import CGessoKernels

extension Bitmap {
    /// Scales 8-bit samples in fixed point: first vertically on contiguous samples, then horizontally with each weight
    /// applied to several rows. Intermediate samples have six fractional bits; linear light is held as levels × 128, of
    /// which the darkest step of sRGB has ten, and is within one level of the exact result.
    func resizedInFixedPoint(
        to target: Size, _ weights: FilterWeights.Pair, _ space: ResampleFilter.Space, rows: Range<Int>
    ) throws(GessoError) -> Bitmap {
        var result = try Bitmap(
            size: Size(width: target.width, height: rows.count), format: format, zeroed: false)
        let scaler = try FixedScaler(source: self, target: target, weights, space)
        try result.withMutableRows { (to) throws(GessoError) in
            try withRows { (from) throws(GessoError) in try scaler.run(from, to, rows) }
        }
        return result
    }
}

/// A resize operation in fixed point.
///
/// Output rows are computed in groups of four (16 for gray): vertically into a strip, then horizontally. Memory: the
/// strip, and for linear light or images with transparent pixels the prepared source rows of four output rows.
private final class FixedScaler {
    private let kernels: gesso_kernels_t
    private let format: Bitmap.Format
    private let isLinear: Bool
    private let target: Size
    private var down: RowWeights
    private let across: FixedWeights
    /// The source columns in use: `columns` of them from `origin`, a multiple of 64.
    private let origin: Int
    private let columns: Int
    private let strip: PixelStorage
    private let plain: PixelStorage
    /// The distance between output rows in `plain`, in samples.
    private let plainStep: Int
    private let sums: PixelStorage
    /// A target for the rows missing in the last group.
    private let scratchRow: PixelStorage
    private var prepared: PreparedRows
    private var bytes: [UnsafePointer<UInt8>?]
    private var words: [UnsafePointer<Int16>?]

    init(
        source: Bitmap, target: Size, _ weights: FilterWeights.Pair, _ space: ResampleFilter.Space
    ) throws(GessoError) {
        let (down, across) = weights
        kernels = gesso_kernels().pointee
        format = source.format
        isLinear = space == .linear
        self.target = target
        let first = across.starts.min().map(Int.init) ?? 0
        let end = zip(across.starts, across.counts).reduce(0) { max($0, Int($1.0 + $1.1)) }
        origin = first & ~63
        columns = end - origin
        self.down = RowWeights(FixedWeights(down, origin: 0, aligned: false))
        self.across = FixedWeights(across, origin: origin, aligned: true)
        // The kernels round up to 64 samples, and a pair may begin at the last column.
        let room = (columns + 127) & ~63
        strip = try PixelStorage(byteCount: room / 2 * 64, zeroed: true)
        plainStep = Bitmap.bytesPerRow(holding: room * format.channels * 2) / 2
        plain = try PixelStorage(byteCount: format.layout == .rgba ? 64 : plainStep * 8, zeroed: true)
        sums = try PixelStorage(byteCount: target.width * 32, zeroed: false)
        scratchRow = try PixelStorage(byteCount: target.width * format.bytesPerPixel, zeroed: false)
        let most = self.down.mostRows
        prepared = try PreparedRows(of: source, space, rows: most, samples: room * format.channels)
        bytes = [UnsafePointer<UInt8>?](repeating: nil, count: most + 1)
        words = [UnsafePointer<Int16>?](repeating: nil, count: most + 1)
    }

    /// Computes `range` of the target's rows; the first of them is the first of `to`.
    func run(_ from: PixelRows, _ to: MutablePixelRows, _ range: Range<Int>) throws(GessoError) {
        let group = format.layout == .gray ? 16 : 4
        for y in Swift.stride(from: range.lowerBound, to: range.upperBound, by: group) {
            try checkCancellation("resize")
            let rows: [UnsafeMutablePointer<UInt8>?] = (y..<y + group).map {
                $0 < range.upperBound ? to.row($0 - range.lowerBound) : scratchRow.bytes
            }
            var isPlain = true
            for row in Swift.stride(from: 0, to: min(group, range.upperBound - y), by: 4) {
                isPlain = try weighColumns(from, of: y + row, into: row)
            }
            // Straight color is a quotient, and linear light is dense in the dark: an additional bit reduces the error.
            kernels.resample_horizontal(
                strip.words, across.starts, across.counts, across.weights, across.stride,
                Int32(isPlain ? across.precision : across.precision - 1), target.width, sums.words)
            switch format.layout {
            case _ where isLinear:
                gesso_store_linear(sums.words, rows, target.width, Int32(format.channels), SRGBCurve.encoded16)
            case .gray: kernels.store_gray(sums.words, rows, target.width)
            case .rgb: kernels.store_rgb(sums.words, rows, target.width)
            case .rgba where isPlain: kernels.store_rgba(sums.words, rows, target.width)
            case .rgba: kernels.store_straight(sums.words, rows, target.width)
            }
        }
    }

    /// Scales vertically into the strip: four output rows from `y` on, stored from `row` on. False if the source rows
    /// had to be prepared: the strip is then to be stored as straight color or as linear light.
    private func weighColumns(_ from: PixelRows, of y: Int, into row: Int) throws(GessoError) -> Bool {
        let (first, last) = down.select(y)
        let samples = columns * format.channels
        let isPaired = format.layout == .rgba
        let layout = isPaired ? GESSO_ROW_PAIRED : GESSO_ROW_PLAIN
        let (words, step) = isPaired ? (strip.words + row * 8, 8) : (plain.words, plainStep)
        let isPlain = try prepared.areUsable(first...last, from, origin: origin, count: columns, kernels)
        // With an odd number of rows the last weight is 0; its row must only be readable.
        let taps = 0..<last - first + 2
        if isPlain {
            for tap in taps { bytes[tap] = from.row(min(first + tap, last)) + origin * format.channels }
            down.withKernelWeights(shift: down.precision - 6) { weights in
                kernels.resample_vertical8(bytes, weights, samples, words, step, layout)
            }
        } else {
            for tap in taps { self.words[tap] = prepared.row(min(first + tap, last)) }
            down.withKernelWeights(shift: down.precision + 1) { weights in
                kernels.resample_vertical16(self.words, weights, samples, words, step, layout)
            }
        }
        for index in 0..<4 where !isPaired {
            let pair = format.layout == .rgb ? kernels.pair_rgb : kernels.pair_gray
            pair?(plain.words + index * plainStep, strip.words, row + index, columns)
        }
        return isPlain
    }
}

extension PixelStorage {
    fileprivate var bytes: UnsafeMutablePointer<UInt8> { pointer.assumingMemoryBound(to: UInt8.self) }
    fileprivate var words: UnsafeMutablePointer<Int16> { pointer.assumingMemoryBound(to: Int16.self) }
}
