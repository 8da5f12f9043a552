import CGessoKernels

extension Bitmap {
    /// Scales 8-bit samples in fixed point: first vertically on contiguous bytes, then horizontally with each weight
    /// applied to several rows. Intermediate samples have six fractional bits.
    func resizedInFixedPoint(
        to target: Size, from box: Box, filter: ResampleFilter, rows: Range<Int>
    ) throws(GessoError) -> Bitmap {
        var result = try Bitmap(
            size: Size(width: target.width, height: rows.count), format: format, zeroed: false)
        let down = FilterWeights(filter, length: height, from: box.top, to: box.bottom, count: target.height)
        let across = FilterWeights(filter, length: width, from: box.left, to: box.right, count: target.width)
        let scaler = try FixedScaler(source: self, target: target, down: down, across: across)
        try result.withMutableRows { (to) throws(GessoError) in
            try withRows { (from) throws(GessoError) in try scaler.run(from, to, rows) }
        }
        return result
    }
}

/// A resize operation in fixed point.
///
/// Output rows are computed in groups of four (16 for gray): vertically into a strip, then horizontally. Memory: the
/// strip, and for images with transparent pixels the premultiplied source rows of four output rows.
private final class FixedScaler {
    private let kernels: gesso_kernels_t
    private let format: Bitmap.Format
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
    private var premultiplied: PremultipliedRows
    private var bytes: [UnsafePointer<UInt8>?]
    private var words: [UnsafePointer<Int16>?]

    init(source: Bitmap, target: Size, down: FilterWeights, across: FilterWeights) throws(GessoError) {
        kernels = gesso_kernels().pointee
        format = source.format
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
        premultiplied = try PremultipliedRows(
            rows: format.hasAlpha ? min(most, source.height) : 0, height: source.height, samples: room * 4)
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
            var isOpaque = true
            for row in Swift.stride(from: 0, to: min(group, range.upperBound - y), by: 4) {
                isOpaque = try weighColumns(from, of: y + row, into: row)
            }
            // Straight color is a quotient; an additional bit reduces the error at low alpha.
            kernels.resample_horizontal(
                strip.words, across.starts, across.counts, across.weights, across.stride,
                Int32(isOpaque ? across.precision : across.precision - 1), target.width, sums.words)
            switch format.layout {
            case .gray: kernels.store_gray(sums.words, rows, target.width)
            case .rgb: kernels.store_rgb(sums.words, rows, target.width)
            case .rgba where isOpaque: kernels.store_rgba(sums.words, rows, target.width)
            case .rgba: kernels.store_straight(sums.words, rows, target.width)
            }
        }
    }

    /// Scales vertically into the strip: four output rows from `y` on, stored from `row` on. False if any source row
    /// has transparent pixels.
    private func weighColumns(_ from: PixelRows, of y: Int, into row: Int) throws(GessoError) -> Bool {
        let (first, last) = down.select(y)
        let offset = origin * format.channels
        let samples = columns * format.channels
        if format.hasAlpha, try !premultiplied.areOpaque(first...last, from, offset: offset, count: columns, kernels) {
            // With an odd number of rows the last weight is 0; its row must only be readable.
            for tap in 0..<last - first + 2 { words[tap] = premultiplied.row(min(first + tap, last)) }
            down.withKernelWeights(shift: down.precision + 1) { weights in
                kernels.resample_vertical16(words, weights, samples, strip.words + row * 8, 8, GESSO_ROW_PAIRED)
            }
            return false
        }
        for tap in 0..<last - first + 2 { bytes[tap] = from.row(min(first + tap, last)) + offset }
        down.withKernelWeights(shift: down.precision - 6) { weights in
            if format.layout == .rgba {
                kernels.resample_vertical8(bytes, weights, samples, strip.words + row * 8, 8, GESSO_ROW_PAIRED)
            } else {
                kernels.resample_vertical8(bytes, weights, samples, plain.words, plainStep, GESSO_ROW_PLAIN)
            }
        }
        for index in 0..<4 where format.layout != .rgba {
            let pair = format.layout == .rgb ? kernels.pair_rgb : kernels.pair_gray
            pair?(plain.words + index * plainStep, strip.words, row + index, columns)
        }
        return true
    }
}

extension PixelStorage {
    fileprivate var bytes: UnsafeMutablePointer<UInt8> { pointer.assumingMemoryBound(to: UInt8.self) }
    fileprivate var words: UnsafeMutablePointer<Int16> { pointer.assumingMemoryBound(to: Int16.self) }
}
