extension Bitmap {
    /// Changes the samples row by row, top to bottom, in place when this bitmap is the only owner of its pixels.
    ///
    /// The span holds `width × channels` samples, without the row's padding; the second argument is the row's number.
    /// Throws `unsupportedFormat` when the samples are 16 bits wide (use ``forEachRow16(_:)``, or put
    /// `ConvertToSRGB()` before the stage), `cancelled` when the task is cancelled, and what the closure throws.
    public mutating func forEachRow(
        _ body: (inout MutableSpan<UInt8>, Int) throws(GessoError) -> Void
    ) throws(GessoError) {
        try forEachRow(of: UInt8.self, body)
    }

    /// The same for bitmaps of 16 bits a channel, in native byte order.
    public mutating func forEachRow16(
        _ body: (inout MutableSpan<UInt16>, Int) throws(GessoError) -> Void
    ) throws(GessoError) {
        try forEachRow(of: UInt16.self, body)
    }

    private mutating func forEachRow<Sample: FixedWidthInteger & BitwiseCopyable>(
        of type: Sample.Type, _ body: (inout MutableSpan<Sample>, Int) throws(GessoError) -> Void
    ) throws(GessoError) {
        guard format.bitsPerChannel == Sample.bitWidth else {
            throw GessoError(
                .unsupportedFormat, stage: "rows",
                "The samples have \(format.bitsPerChannel) bits and the stage works on \(Sample.bitWidth); convert the "
                    + "image before it, e.g. with ConvertToSRGB() for 8 bits.",
                facts: ["found": "\(format)", "allowed": "\(Sample.bitWidth) bits a channel"])
        }
        let (count, height) = (width * format.channels, height)
        try withMutableRows { (rows) throws(GessoError) in
            for y in 0..<height {
                if y % 64 == 0 { try checkCancellation("rows") }
                // Safe: a row holds that many samples, is aligned to 64 bytes, and the span ends with the iteration.
                let start = UnsafeMutableRawPointer(rows.row(y)).assumingMemoryBound(to: Sample.self)
                var span = MutableSpan(_unsafeStart: start, count: count)
                try body(&span, y)
            }
        }
    }
}
