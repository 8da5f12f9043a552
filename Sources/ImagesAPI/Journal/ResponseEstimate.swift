/// Estimates the size of a response, to check the free space on a disk.
enum ResponseEstimate {
    /// The most bytes of a response: incompressible pixels in base64. The sum cannot overflow.
    ///
    /// - Parameters:
    ///   - size: if the server chooses it, its usual largest size.
    ///   - images: finished ones; nil is one.
    ///   - partialImages: for each of them.
    static func bytes(size: ImageSize?, images: Int?, partialImages: Int = 0, isTransparent: Bool) -> Int {
        let (width, height) = (min(size?.width ?? 1_536, 8_192), min(size?.height ?? 1_024, 8_192))
        let raw = width * height * (isTransparent ? 4 : 3)
        return (raw / 3 * 4 + 65_536) * min(max(images ?? 1, 1), 10) * (min(max(partialImages, 0), 3) + 1)
    }
}
