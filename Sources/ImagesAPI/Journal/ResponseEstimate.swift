/// How long a response may become, for the room it needs on a disk.
enum ResponseEstimate {
    /// Bytes of a response at most: pixels that do not compress, in base64. Whatever was asked for, the sum stays in range.
    ///
    /// - Parameters:
    ///   - size: a size that the server chooses counts as its usual largest.
    ///   - images: finished ones; nil is one.
    ///   - partialImages: for each of them.
    static func bytes(size: ImageSize?, images: Int?, partialImages: Int = 0, isTransparent: Bool) -> Int {
        let (width, height) = (min(size?.width ?? 1_536, 8_192), min(size?.height ?? 1_024, 8_192))
        let raw = width * height * (isTransparent ? 4 : 3)
        return (raw / 3 * 4 + 65_536) * min(max(images ?? 1, 1), 10) * (min(max(partialImages, 0), 3) + 1)
    }
}
