import CGessoKernels

extension Bitmap {
    /// A hash of all samples outside `area`, as 16 hexadecimal digits.
    ///
    /// Detects accidental changes, not deliberate ones. About as fast as reading memory.
    public func hash(outside area: Rect) -> String {
        var state = gesso_hash_t()
        gesso_hash_start(&state)
        let pixel = format.bytesPerPixel
        let inside = area.intersection(Rect(size))
        withRows { rows in
            for y in 0..<height {
                let row = rows.row(y)
                if y >= inside.y, y < inside.maxY {
                    gesso_hash_bytes(&state, row, inside.x * pixel)
                    gesso_hash_bytes(&state, row + inside.maxX * pixel, (width - inside.maxX) * pixel)
                } else {
                    gesso_hash_bytes(&state, row, width * pixel)
                }
            }
        }
        let digits = String(gesso_hash_value(&state), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
