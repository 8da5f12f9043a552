import CGessoKernels

/// What must be done to a patch's levels so that it meets its surroundings without a step.
///
/// Estimated where both images show the same, around the edit: a gain and an offset for each channel, and what is
/// left of the difference as a smooth field that reaches from the border inwards. On encoded 8-bit samples.
public struct ToneMatch: Sendable {
    /// For red, green and blue.
    public let gain: [Double]
    /// In levels.
    public let offset: [Double]
    /// The largest correction that the field makes, in levels.
    public var largestField: Double { field.values.reduce(0) { max($0, abs(Double($1))) } }
    let field: ToneField
    /// The part of the canvas that was looked at.
    let area: Rect

    /// Compares `found` with `wanted`, two `rgb8` images of one area, where `keep` is 255.
    ///
    /// Nil when too little is kept to tell.
    init?(wanted: Bitmap, found: Bitmap, keep: Mask, area: Rect) throws(GessoError) {
        let columns = (wanted.width + 7) / 8
        let rows = (wanted.height + 7) / 8
        var blocks = [gesso_tone_block_t](repeating: gesso_tone_block_t(), count: columns * rows)
        let (width, height) = (wanted.width, wanted.height)
        blocks.withUnsafeMutableBufferPointer { blocks in
            wanted.withRows { wanted in
                found.withRows { found in
                    keep.coverage.withRows { keep in
                        for y in 0..<height {
                            // Safe: block row y / 8 holds `columns` entries, and rows of the three are equally long.
                            let row = blocks.baseAddress.map { $0 + y / 8 * columns }
                            gesso_tone_blocks_row(wanted.row(y), found.row(y), keep.row(y), width, row)
                        }
                    }
                }
            }
        }
        let samples = blocks.map { $0.count >= 16 ? ToneSample($0) : nil }
        let known = samples.compactMap { $0 }
        guard known.count >= 12 else { return nil }
        let fits = (0..<3).map { ToneFit(known, channel: $0) }
        gain = fits.map(\.gain)
        offset = fits.map(\.offset)
        field = ToneField(samples, fits, columns: columns, rows: rows)
        self.area = area
    }

    /// Corrects an 8-bit patch in color in place; `placed` says where on the canvas its pixels lie.
    ///
    /// Throws `pixelFormatMismatch` for a gray patch and for one of 16 bits.
    public func apply(to patch: inout Bitmap, placed box: Box) throws(GessoError) {
        guard patch.format == .rgb8 || patch.format == .rgba8 else {
            throw GessoError(
                .pixelFormatMismatch, stage: "match",
                "Levels of a patch of \(patch.format) cannot be matched; convert it to 8-bit RGB or RGBA first.",
                facts: ["found": "\(patch.format)"])
        }
        let (width, height, channels) = (patch.width, patch.height, patch.format.channels)
        let (stepX, stepY) = (box.width / Double(width), box.height / Double(height))
        // A pixel's middle, in blocks from the middle of the first block.
        let startX = (box.left + stepX / 2 - Double(area.x)) / 8 - 0.5
        let startY = (box.top + stepY / 2 - Double(area.y)) / 8 - 0.5
        let pixel = gain.map(Float.init) + [1]
        let gains = (0..<width * channels).map { pixel[$0 % channels] }
        let offset = offset.map(Float.init)
        let (field, kernels) = (field, gesso_kernels().pointee)
        // The corrections of the row of blocks above a row of pixels and of the one below, for each sample.
        var upper = [Float](repeating: 0, count: width * channels)
        var lower = upper
        func spread(_ row: Int, into target: inout [Float]) {
            gesso_tone_spread_row(
                field.row(row), field.columns, offset, Float(startX), Float(stepX / 8), width, Int32(channels), &target)
        }
        var current: Int?
        try patch.withMutableRows { (rows) throws(GessoError) in
            for y in 0..<height {
                let position = min(max(startY + Double(y) * stepY / 8, 0), Double(field.rows - 1))
                let row = Int(position)
                if current != row {
                    if let current, current + 1 == row { swap(&upper, &lower) } else { spread(row, into: &upper) }
                    spread(min(row + 1, field.rows - 1), into: &lower)
                    current = row
                }
                kernels.tone_apply(rows.row(y), width * channels, gains, upper, lower, Float(position - Double(row)))
            }
        }
    }
}

/// The mean levels of one block in both images.
struct ToneSample {
    let wanted: [Double]
    let found: [Double]
    /// Less where the two differ by more than a level's shift: there the model drew something else.
    let weight: Double

    init(_ block: gesso_tone_block_t) {
        let count = Double(block.count)
        wanted = [block.wanted.0, block.wanted.1, block.wanted.2].map { Double($0) / count }
        found = [block.found.0, block.found.1, block.found.2].map { Double($0) / count }
        let mean = wanted[1] - found[1]
        let variance = max(0, Double(block.difference_square) / count - mean * mean)
        weight = count / 64 / (1 + variance / 64)
    }
}
