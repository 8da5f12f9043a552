extension Bitmap {
    /// The picture scaled to `size`.
    ///
    /// Colour is weighted by alpha, so nothing bleeds from transparent pixels; where alpha comes out as 0 the pixel is
    /// all 0. `from` is the part of the picture that becomes the whole, in fractions of pixels (Pillow's `box`);
    /// taps may read beyond it, never beyond the picture. The same size of the whole picture returns the same pixels.
    /// Cost: about two multiply-adds a tap and sample. Throws `invalidGeometry` for an empty size or a part outside.
    public func resized(
        to target: Size, from part: Box? = nil, filter: ResampleFilter = .lanczos3, light: Light = .encoded
    ) throws(GessoError) -> Bitmap {
        let box = (part ?? Box(size)).settled(in: size)
        try requireInside(box)
        guard !target.isEmpty else {
            throw GessoError(
                .invalidGeometry, stage: "resize",
                "A picture cannot be scaled to \(target); both sides must be at least 1.",
                facts: ["found": "\(target)"])
        }
        let longest = max(size.longEdge, target.longEdge)
        guard longest <= Bitmap.longestScaledSide else {
            throw GessoError(
                .sideTooLong, stage: "resize",
                "A side of \(longest) pixels is too long to scale; cut the picture into parts first.",
                facts: ["found": "\(longest)", "allowed": "\(Bitmap.longestScaledSide)"])
        }
        if target == size, box == Box(size) { return self }
        if filter == .nearest { return try resizedByNearest(to: target, from: box) }
        if format.bitsPerChannel == 8, light == .encoded {
            return try resizedInFixedPoint(to: target, from: box, filter: filter)
        }
        return try resizedInFloat(to: target, from: box, filter: filter, light: light)
    }

    /// Tables of weights are as long as the sides; this keeps them small beside the pixels.
    static let longestScaledSide = 1 << 20

    private func requireInside(_ box: Box) throws(GessoError) {
        guard box.left >= 0, box.top >= 0, box.right <= Double(width), box.bottom <= Double(height),
            box.width > 0, box.height > 0
        else {
            throw GessoError(
                .invalidGeometry, stage: "resize",
                "The part from (\(box.left), \(box.top)) to (\(box.right), \(box.bottom)) does not lie inside "
                    + "a picture of \(size).",
                facts: ["allowed": "\(Rect(size))"])
        }
    }
}

extension Box {
    /// The same box, its sides on the picture's where they miss it by no more than arithmetic does: a placement that
    /// leads there and back may come out at -1e-13.
    fileprivate func settled(in size: Size) -> Box {
        func settle(_ value: Double, _ end: Int) -> Double {
            if value < 0, value > -1e-6 { return 0 }
            return value > Double(end) && value < Double(end) + 1e-6 ? Double(end) : value
        }
        return Box(
            left: settle(left, size.width), top: settle(top, size.height), right: settle(right, size.width),
            bottom: settle(bottom, size.height))
    }
}
