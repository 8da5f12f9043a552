/// How long a response may become, for the room it needs on a disk.
enum ResponseEstimate {
    /// Bytes of a response at most: pixels that do not compress, in base64.
    ///
    /// - Parameter pictures: finished and partial ones. A size that the server chooses counts as its usual largest.
    static func bytes(size: ImageSize?, pictures: Int, isTransparent: Bool) -> Int {
        let (width, height) = (min(size?.width ?? 1_536, 8_192), min(size?.height ?? 1_024, 8_192))
        let raw = width * height * (isTransparent ? 4 : 3)
        return (raw / 3 * 4 + 65_536) * max(min(pictures, 100), 1)
    }
}
