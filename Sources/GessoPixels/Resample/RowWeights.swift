import CGessoKernels

/// The vertical weights of four output rows at a time, in the layout that the kernels expect.
struct RowWeights {
    private let exact: FixedWeights
    private var weights: [Int16]
    private var uses: [UInt8]
    private var pairs = 0
    /// The largest number of source rows that four output rows use.
    let mostRows: Int

    var precision: Int { exact.precision }

    init(_ exact: FixedWeights) {
        self.exact = exact
        var most = 1
        for y in stride(from: 0, to: exact.starts.count, by: 4) {
            let (first, last) = RowWeights.rows(exact, y)
            most = max(most, last - first + 1)
        }
        mostRows = most
        weights = [Int16](repeating: 0, count: (most + 1) / 2 * 8)
        uses = [UInt8](repeating: 0, count: (most + 1) / 2)
    }

    /// Selects the weights of the output rows `y`…`y + 3`, as far as they exist. Returns the first and the last source
    /// row that they use.
    mutating func select(_ y: Int) -> (first: Int, last: Int) {
        let (first, last) = RowWeights.rows(exact, y)
        pairs = (last - first + 2) / 2
        for index in 0..<pairs * 8 { weights[index] = 0 }
        for index in 0..<pairs { uses[index] = 0 }
        for row in y..<min(y + 4, exact.starts.count) {
            let start = Int(exact.starts[row]) - first
            for tap in 0..<2 * Int(exact.counts[row]) {
                let weight = exact.weights[row * exact.stride + tap]
                // Skips the missing row of a pair beyond the last row, which has weight 0.
                guard weight != 0 else { continue }
                let source = start + tap
                weights[source / 2 * 8 + (row - y) * 2 + source % 2] = weight
                uses[source / 2] |= 1 << UInt8(row - y)
            }
        }
        return (first, last)
    }

    /// The selected weights, for kernels that shift results right by `shift` bits.
    func withKernelWeights(shift: Int, _ body: (UnsafePointer<gesso_row_weights_t>) -> Void) {
        weights.withUnsafeBufferPointer { weights in
            uses.withUnsafeBufferPointer { uses in
                var selected = gesso_row_weights_t(
                    pairs: pairs, weights: weights.baseAddress, uses: uses.baseAddress, shift: Int32(shift))
                body(&selected)
            }
        }
    }

    private static func rows(_ exact: FixedWeights, _ y: Int) -> (first: Int, last: Int) {
        var (first, last) = (Int.max, 0)
        for row in y..<min(y + 4, exact.starts.count) {
            let start = Int(exact.starts[row])
            let taps = 2 * Int(exact.counts[row])
            first = min(first, start)
            last = max(last, start + taps - (exact.weights[row * exact.stride + taps - 1] == 0 ? 2 : 1))
        }
        return (first, max(first, last))
    }
}
