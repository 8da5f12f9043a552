import CGessoKernels

extension Bitmap {
    /// Scales in floating point, for 16-bit samples and for linear light. Each source row is read once and added to the
    /// output rows it contributes to; each finished row is then scaled horizontally.
    func resizedInFloat(
        to target: Size, from box: Box, filter: ResampleFilter, space: ResampleFilter.Space
    ) throws(GessoError) -> Bitmap {
        let down = FilterWeights(filter, length: height, from: box.top, to: box.bottom, count: target.height)
        let across = FilterWeights(filter, length: width, from: box.left, to: box.right, count: target.width)
        var result = try Bitmap(size: target, format: format, zeroed: false)
        let scaler = FloatRowScaler(source: self, target: target, down: down, across: across, space: space)
        try result.withMutableRows { (to) throws(GessoError) in
            try withRows { (from) throws(GessoError) in try scaler.run(from, to) }
        }
        return result
    }
}

/// A resize operation in floating point.
private struct FloatRowScaler {
    let format: Bitmap.Format
    let sourceSize: Size
    let target: Size
    let down: FilterWeights
    let starts: [Int32]
    let counts: [Int32]
    let weights: [Float]
    let stride: Int
    let space: ResampleFilter.Space
    let linear8: [Float]
    let linear16: [Float]
    let encoded8: [UInt8]

    init(source: Bitmap, target: Size, down: FilterWeights, across: FilterWeights, space: ResampleFilter.Space) {
        format = source.format
        sourceSize = source.size
        self.target = target
        self.down = down
        self.space = space
        starts = across.starts
        counts = across.counts
        weights = across.weights.map(Float.init)
        stride = across.stride
        let (wide, linear) = (source.format.bitsPerChannel == 16, space == .linear)
        linear8 = linear && !wide ? SRGBCurve.linearFloat8 : []
        linear16 = linear && wide ? SRGBCurve.linearFloat16 : []
        encoded8 = linear && !wide ? SRGBCurve.encoded8 : []
    }

    func run(_ from: PixelRows, _ to: MutablePixelRows) throws(GessoError) {
        let samples = sourceSize.width * format.channels
        var line = [Float](repeating: 0, count: samples)
        var scaled = [Float](repeating: 0, count: target.width * format.channels)
        // The sums of the unfinished output rows, which begin and end in order.
        var open: [[Float]] = []
        var spare: [[Float]] = []
        var (begun, ended) = (0, 0)
        let first = Int(down.starts.first ?? 0)
        for y in first..<sourceSize.height {
            if ended == target.height { break }
            if y & 15 == 0 { try checkCancellation("resize") }
            while begun < target.height, Int(down.starts[begun]) <= y {
                var sums = spare.popLast() ?? [Float](repeating: 0, count: samples)
                sums.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
                open.append(sums)
                begun += 1
            }
            load(from, y, &line)
            for index in ended..<begun {
                let tap = y - Int(down.starts[index])
                guard tap < Int(down.counts[index]) else { continue }
                gesso_accumulate_row(
                    &open[index - ended], line, Float(down.weights[index * down.stride + tap]), samples)
            }
            while ended < begun, Int(down.starts[ended] + down.counts[ended]) <= y + 1 {
                let sums = open.removeFirst()
                gesso_resample_row(
                    sums, &scaled, target.width, Int32(format.channels), starts, counts, weights, stride)
                store(scaled, to, ended)
                spare.append(sums)
                ended += 1
            }
        }
    }

    private func load(_ from: PixelRows, _ y: Int, _ line: inout [Float]) {
        let (width, channels) = (sourceSize.width, Int32(format.channels))
        if format.bitsPerChannel == 8 {
            gesso_load_row8(from.row(y), &line, width, channels, linear8.isEmpty ? nil : linear8)
        } else {
            gesso_load_row16(from.row16(y), &line, width, channels, linear16.isEmpty ? nil : linear16)
        }
    }

    private func store(_ line: [Float], _ to: MutablePixelRows, _ y: Int) {
        let channels = Int32(format.channels)
        if format.bitsPerChannel == 8 {
            gesso_store_row8(line, to.row(y), target.width, channels, encoded8.isEmpty ? nil : encoded8)
        } else {
            gesso_store_row16(line, to.row16(y), target.width, channels, space == .linear ? 1 : 0)
        }
    }
}
