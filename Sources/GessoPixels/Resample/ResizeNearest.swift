extension Bitmap {
    /// Each new pixel is the one under its centre.
    func resizedByNearest(to target: Size, from box: Box) throws(GessoError) -> Bitmap {
        var result = try Bitmap(size: target, format: format, zeroed: false)
        let columns = Bitmap.nearest(length: width, from: box.left, extent: box.width, count: target.width)
        let rows = Bitmap.nearest(length: height, from: box.top, extent: box.height, count: target.height)
        let bytesPerPixel = format.bytesPerPixel
        try result.withMutableRows { (to) throws(GessoError) in
            try withRows { (from) throws(GessoError) in
                for y in 0..<target.height {
                    if y & 63 == 0 { try checkCancellation("resize") }
                    if y > 0, rows[y] == rows[y - 1] {
                        to.row(y).update(from: to.row(y - 1), count: target.width * bytesPerPixel)
                        continue
                    }
                    let (source, line) = (from.row(rows[y]), to.row(y))
                    for x in 0..<target.width {
                        (line + x * bytesPerPixel).update(
                            from: source + columns[x] * bytesPerPixel, count: bytesPerPixel)
                    }
                }
            }
        }
        return result
    }

    private static func nearest(length: Int, from: Double, extent: Double, count: Int) -> [Int] {
        let scale = extent / Double(count)
        return (0..<count).map { min(length - 1, Int(from + (Double($0) + 0.5) * scale)) }
    }
}
