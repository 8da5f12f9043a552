import CGessoKernels

/// A cache of the most recent source rows in 16-bit samples, levels × 128: color multiplied by alpha, and in linear light
/// if that is wanted.
///
/// Opaque rows do not need it in encoded light. Opacity is determined row by row on demand, which saves a separate pass
/// over the image.
struct PreparedRows {
    private enum Opacity {
        case unknown
        case opaque
        case transparent
    }

    private let format: Bitmap.Format
    private let isLinear: Bool
    private var opacity: [Opacity]
    /// The source row in each slot.
    private var held: [Int]
    private let storage: PixelStorage
    private let samples: Int

    /// Space for `count` of the source's rows, each of `samples` 16-bit samples; none if they are used as they are.
    init(of source: Bitmap, _ space: ResampleFilter.Space, rows count: Int, samples: Int) throws(GessoError) {
        format = source.format
        isLinear = space == .linear
        let count = PreparedRows.areNeeded(format, space) ? min(count, source.height) : 0
        opacity = [Opacity](repeating: .unknown, count: count == 0 || isLinear ? 0 : source.height)
        held = [Int](repeating: -1, count: count)
        self.samples = Bitmap.bytesPerRow(holding: samples * 2) / 2
        let (byteCount, overflow) = (self.samples * 2).multipliedReportingOverflow(by: count)
        storage = try PixelStorage(byteCount: overflow ? Int.max : byteCount, zeroed: false)
    }

    static func areNeeded(_ format: Bitmap.Format, _ space: ResampleFilter.Space) -> Bool {
        format.hasAlpha || space == .linear
    }

    /// Whether these source rows can be used as they are; if not, prepares them for `row(_:)`.
    mutating func areUsable(
        _ range: ClosedRange<Int>, _ from: PixelRows, origin: Int, count: Int, _ kernels: gesso_kernels_t
    ) throws(GessoError) -> Bool {
        if held.isEmpty { return true }
        let offset = origin * format.channels
        if !isLinear, areOpaque(range, from, offset, count, kernels) { return true }
        for y in range where held[y % held.count] != y {
            if isLinear {
                gesso_load_linear(
                    from.row(y) + offset, pointer(y), count, Int32(format.channels), SRGBCurve.linear16)
            } else {
                kernels.premultiply16(from.row(y) + offset, pointer(y), count)
            }
            held[y % held.count] = y
        }
        return false
    }

    private mutating func areOpaque(
        _ range: ClosedRange<Int>, _ from: PixelRows, _ offset: Int, _ count: Int, _ kernels: gesso_kernels_t
    ) -> Bool {
        var opaque = true
        for y in range {
            if opacity[y] == .unknown {
                opacity[y] = kernels.is_opaque(from.row(y) + offset, count) != 0 ? .opaque : .transparent
            }
            if opacity[y] == .transparent { opaque = false }
        }
        return opaque
    }

    func row(_ y: Int) -> UnsafePointer<Int16> { UnsafePointer(pointer(y)) }

    private func pointer(_ y: Int) -> UnsafeMutablePointer<Int16> {
        storage.pointer.assumingMemoryBound(to: Int16.self) + (y % held.count) * samples
    }
}
