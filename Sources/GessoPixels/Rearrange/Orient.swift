import CGessoKernels

extension Bitmap {
    /// Turns stored pixels upright, as `orientation` says they were stored; `.up` returns the same pixels.
    public func oriented(_ orientation: Orientation) throws(GessoError) -> Bitmap {
        if orientation == .up { return self }
        var result = try Bitmap(size: orientation.upright(size), format: format, zeroed: false)
        let bytesPerPixel = format.bytesPerPixel
        try result.withMutableRows { (target) throws(GessoError) in
            withRows { source in
                gesso_turn(
                    source.base, source.bytesPerRow, width, height, bytesPerPixel, Int32(orientation.rawValue),
                    target.base, target.bytesPerRow)
            }
        }
        return result
    }
}
