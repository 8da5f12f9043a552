extension Bitmap {
    /// The pixels inside `rect`, which must lie inside the picture; else throws `invalidGeometry`.
    public func cropped(to rect: Rect) throws(GessoError) -> Bitmap {
        guard !rect.isEmpty, Rect(size).contains(rect) else {
            throw GessoError(
                .invalidGeometry, stage: "crop",
                "The part \(rect) does not lie inside a picture of \(size); cut it to the picture first.",
                facts: ["found": "\(rect)", "allowed": "\(Rect(size))"])
        }
        if rect == Rect(size) { return self }
        var result = try Bitmap(size: rect.size, format: format, zeroed: false)
        let bytesPerPixel = format.bytesPerPixel
        try result.withMutableRows { (target) throws(GessoError) in
            withRows { source in
                for y in 0..<rect.height {
                    target.row(y).update(
                        from: source.row(rect.y + y) + rect.x * bytesPerPixel, count: rect.width * bytesPerPixel)
                }
            }
        }
        return result
    }
}
